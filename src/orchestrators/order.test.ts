/** Which stage may start when. */
import { describe, expect, it } from 'vitest';
import { parsePipeline } from '../formats/pipeline/parse.js';
import { planStages } from '../formats/run/plan.js';
import { nextStages, type StageEnd } from './order.js';

const plan = planStages(
  parsePipeline(
    `version: 1
name: t
models:
  a: { file: a.onnx }
  b: { file: b.onnx }
scenarios:
  s: { tasks: [ { model: a, rate: 10 Hz } ] }
  both: { tasks: [ { model: a, rate: 10 Hz }, { model: b, rate: 10 Hz } ] }
`,
    't.yaml',
  ),
  false,
);
const next = (ended: Record<string, StageEnd>, recorded = false) => {
  const { start, skip } = nextStages(plan, new Map(Object.entries(ended)), recorded);
  return [start.map((s) => s.id), skip.map((s) => s.id)];
};
const built = { prepare: 'done', 'build:a': 'done', 'build:b': 'done' } as const;

describe('the order of stages', () => {
  it.each<[string, Record<string, StageEnd>, boolean, string[], string[]]>([
    ['begins with prepare', {}, false, ['prepare'], []],
    ['lets nothing start while that runs', { prepare: 'running' }, false, [], []],
    ['gives the device to one stage at a time', { prepare: 'done' }, false, ['build:a'], []],
    ['and to none while one has it', { prepare: 'done', 'build:a': 'running' }, false, [], []],
    [
      'goes on with what does not depend on a failed build',
      { prepare: 'done', 'build:a': 'done', 'build:b': 'failed' },
      false,
      ['profile:s'],
      ['profile:both', 'layers:b', 'explore:b'],
    ],
    [
      'skips everything behind a failed prepare, and then the report',
      { prepare: 'failed' },
      false,
      [],
      ['build:a', 'build:b'],
    ],
    [
      'takes layers when the scenarios that use an engine have ended, however',
      { ...built, 'profile:s': 'done', 'profile:both': 'failed' },
      true,
      ['layers:a'],
      [],
    ],
    [
      'explores beside a device that is in use',
      { ...built, 'profile:s': 'done', 'profile:both': 'done', 'layers:a': 'done', 'layers:b': 'running' },
      true,
      ['explore:a'],
      [],
    ],
  ])('%s', (_, ended, recorded, start, skip) => {
    expect(next(ended, recorded)).toEqual([start, skip]);
  });

  it('reports when all has ended, on whatever was recorded', () => {
    const rest = Object.fromEntries(plan.filter((s) => s.kind !== 'report').map((s) => [s.id, 'failed' as const]));
    expect(next(rest, true)).toEqual([['report'], []]);
    expect(next(rest, false)).toEqual([[], ['report']]);
  });

  it('comes to an end whatever becomes of the stages, each stage dealt with once', () => {
    const ends: StageEnd[] = ['done', 'failed', 'interrupted'];
    for (let seed = 0; seed < 200; seed++) {
      const ended = new Map<string, StageEnd>();
      for (let turn = 0; turn < 50; turn++) {
        const { start, skip } = nextStages(plan, ended, true);
        if (start.length + skip.length === 0) break;
        for (const s of skip) ended.set(s.id, 'skipped');
        for (const s of start) ended.set(s.id, ends[(seed * 7 + turn * 3 + s.id.length) % 3] ?? 'done');
      }
      expect(ended.size).toBe(plan.length);
    }
  });
});
