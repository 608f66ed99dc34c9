/** The tables hold what is called, and only grow within a major version. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METHODS_USED } from '../objects.js';
import { placeOf, TABLES, type Version, versionOf, versionText } from './index.js';

interface Headers {
  readonly majors: Readonly<
    Record<string, { readonly classes: Readonly<Record<string, { methods: string[]; since: Record<string, string> }>> }>
  >;
}
const headers = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/tensorrt/vtables.json', import.meta.url), 'utf8'),
) as Headers;
const FIRST: Readonly<Record<number, Version>> = {
  8: { major: 8, minor: 5, patch: 1 },
  10: { major: 10, minor: 0, patch: 0 },
  11: { major: 11, minor: 0, patch: 0 },
};

describe('method tables', () => {
  it('are those of the headers', () => {
    for (const [major, { classes }] of Object.entries(headers.majors))
      for (const [name, { methods }] of Object.entries(classes)) {
        const table = TABLES[Number(major)]?.[name];
        if (table) expect(table.methods, `${name} of ${major}`).toEqual(methods);
      }
  });

  it('only grow: what a release brought stands behind what was there before', () => {
    for (const [major, classes] of Object.entries(TABLES))
      for (const [name, { methods, since = {} }] of Object.entries(classes)) {
        const releases = Object.keys(since);
        const order = methods.map((m) => releases.findIndex((r) => since[r]?.split(' ').includes(m)));
        expect(order, `${name} of ${major}`).toEqual(order.toSorted((a, b) => a - b));
      }
  });

  /** Called only where `has` says that they are there, or where a setting that needs them was checked before. */
  const OPTIONAL: Readonly<Record<number, RegExp>> = {
    8: /getDeviceMemorySizeV2|setProgressMonitor|setShapeValuesV2|IParserError\.node(Name|Operator)|setEngineHostCodeAllowed|setBuilderOptimizationLevel|setHardwareCompatibilityLevel|setPluginsToSerialize/,
    10: /getDeviceMemorySizeV2|setShapeValuesV2/,
    11: /getDeviceMemorySize$|setInt8Calibrator|setShapeValues$|VLayer\.set(Precision|OutputType)|VTensor\.setType|platformHasFast/,
  };

  for (const major of [8, 10, 11])
    it(`hold every method that is called, from the first release of ${major} on`, () => {
      const first = FIRST[major] as Version;
      const missing = METHODS_USED.filter((used) => {
        const [name = '', method = ''] = used.split('.');
        return placeOf(first, name, method) === undefined && !OPTIONAL[major]?.test(used);
      });
      expect(missing).toEqual([]);
    });

  it('know a method from its release on, and no major version that is not here', () => {
    const at = (major: number, minor: number) =>
      placeOf({ major, minor, patch: 0 }, 'VCudaEngine', 'getDeviceMemorySizeV2');
    expect(at(10, 0)).toBeUndefined();
    expect(at(10, 1)).toBe(at(10, 16));
    expect(placeOf({ major: 9, minor: 1, patch: 0 }, 'VRuntime', 'setDLACore')).toBeUndefined();
  });

  it('tell versions', () => {
    expect([8601, 8502, 100600, 101601, 110201].map((n) => versionText(versionOf(n)))).toEqual([
      '8.6.1',
      '8.5.2',
      '10.6.0',
      '10.16.1',
      '11.2.1',
    ]);
  });
});
