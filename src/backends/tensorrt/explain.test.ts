/** Real messages of TensorRT in words that say what to do. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainBuild, explainPlan, planVersion } from './explain.js';

const errors = (name: string): string[] =>
  [
    ...readFileSync(new URL(`../../../test/fixtures/tensorrt/logs/${name}.log`, import.meta.url), 'utf8').matchAll(
      /\[E\] (.*)$/gm,
    ),
  ].map(([, text = '']) => text);

describe('what TensorRT says', () => {
  it('of a build that fails (real logs of 10.6, 10.15, 11.2)', () => {
    const [missing] = explainBuild(errors('10.15-builder-resource-missing'), 'm', '10.15.1');
    expect(missing).toMatch(
      /^TensorRT 10\.15\.1 has no libnvinfer_builder_resource_sm90\.so\.10\.15\.1, which its builder needs/,
    );
    const [mismatch] = explainBuild(errors('11.2-builder-resource-mismatch'), 'm', '11.2.1');
    expect(mismatch).toMatch(/^the builder resources beside TensorRT 11\.2\.1 are of another release/);
    const [small, hint] = explainBuild(errors('10.6-dynamic-conv-negative'), 'vad', '10.6.0');
    expect(small).toMatch(/^vad: IConvolutionLayer node_Conv_29: .*cannot be negative/);
    expect(hint).toMatch(/shape is too small/);
  });

  it('of a plan that it refuses', () => {
    const plan = { path: 'e.plan', name: 'm' };
    const of = (line: string, more = {}) => explainPlan([line], { ...plan, ...more }, '10.6.0')[0];
    expect(
      of(
        'IRuntime::deserializeCudaEngine: Error Code 6: API Usage Error (The engine plan file is not compatible with this version of TensorRT, expecting library version 10.6.0.26 got 10.3.0.30, please rebuild.)',
      ),
    ).toBe('e.plan (m) was built by TensorRT 10.3.0.30, and this is TensorRT 10.6.0.26');
    expect(
      of(
        '6: The engine plan file is generated on an incompatible device, expecting compute 8.6 got compute 8.9, please rebuild.',
      ),
    ).toMatch(/compute capability 8\.9, and this one has 8\.6/);
    expect(
      of(
        '1: [stdArchiveReader.cpp::StdArchiveReaderInitCommon::46] Error Code 1: Serialization (Serialization assertion stdVersionRead == serializationVersion failed.Version tag does not match. Note: Current Version: 232, Serialized Engine Version: 239)',
      ),
    ).toMatch(/another version of TensorRT.*plan version 239, expected 232/);
    expect(of('magicTag failed')).toMatch(/is no TensorRT plan/);
    expect(explainPlan([], plan, '10.6.0')[0]).toMatch(/did not say why/);
  });

  it('of the version that wrote a plan, where its head tells', () => {
    const bytes = new Uint8Array(64);
    bytes.set(new TextEncoder().encode('ftrt'));
    bytes.set([10, 3, 0, 30], 24);
    expect(planVersion(bytes)).toBe('10.3.0.30');
    expect(planVersion(bytes.subarray(0, 20))).toBeUndefined();
    bytes[4] = 1;
    expect(planVersion(bytes)).toBeUndefined();
    expect(planVersion(new Uint8Array(64))).toBeUndefined();
  });
});
