/** What recordings of tasks alone and in pairs tell. */
import { describe, expect, it } from 'vitest';
import { MS, pipeline, table } from '../../test/jobs.js';
import { withCalibration } from '../formats/pipeline/calibration-scenarios.js';
import type { RecordingDocument } from '../formats/recording/recording.js';
import { calibrationOf } from './calibration.js';

const spec = withCalibration(
  pipeline('duration: 1 s, tasks: [ { model: a, period: 40 ms }, { model: b, period: 40 ms } ]'),
);
const JOBS = 20;
const EVERY = 40;

/** Instants of a job, ms: it could start, the device begins, copied, computed, copied back, done. */
type Instants = readonly [number, number, number, number, number, number];

/** Of each task a job every 40 ms. */
function recorded(scenario: string, tasks: readonly Instants[], stamped = true) {
  const rows = tasks.flatMap((job, task) => Array.from({ length: JOBS }, (_, k) => ({ job, task, at: k * EVERY })));
  const jobs = table(
    rows.map(({ job, task, at }) => ({ task, at: [at + job[0], at + job[0], at + job[0], at + job[5]] as const })),
  );
  if (stamped)
    rows.forEach(({ job, at }, i) => {
      for (const [k, stamp] of (['deviceStart', 'copyInEnd', 'computeEnd', 'deviceEnd'] as const).entries())
        jobs[stamp][i] = (at + (job[k + 1] ?? 0)) * MS;
    });
  const told = { backend: 'synthetic', accelerator: 'gpu:0', honoured: {}, complete_via: 'blocking' };
  const document = {
    scenario,
    measure: { from_ns: 0, to_ns: JOBS * EVERY * MS },
    tasks: tasks.map(() => told),
  } as unknown as RecordingDocument;
  return { document, jobs };
}

const A: Instants = [0, 1, 3, 13, 14, 16];
const B: Instants = [0, 1, 2, 15, 16, 18];
const of = (pair: readonly Instants[], stamped?: boolean) => {
  const [found] = calibrationOf(spec, [
    recorded('s@@a@pauses', [A], stamped),
    recorded('s@@b@pauses', [B], stamped),
    recorded('s@@a', [A], stamped),
    recorded('s@@b', [B], stamped),
    recorded('s@@a+b', pair, stamped),
  ]);
  if (!found) throw new Error('nothing was calibrated');
  return found;
};

describe('a pair on a GPU', () => {
  // a computes from 3 to 16, b from 7 to 23: 9 ms of both at once, in which each does 6.
  const together: readonly Instants[] = [
    [0, 1, 3, 16, 17, 19],
    [5, 6, 7, 23, 24, 26],
  ];

  it('costs what its computing took longer while the other computed', () => {
    const { pairs, tasks } = of(together);
    expect(pairs.map((p) => [p.task, p.computing])).toEqual([
      ['a', 0.5],
      ['b', 0.5],
    ]);
    expect(pairs[0]?.factor).toBeCloseTo(19 / 16, 3);
    expect(tasks[0]?.parts_ns?.[0]).toEqual([1 * MS, 2 * MS, 10 * MS, 1 * MS]);
    expect(tasks[0]?.alone_ns).toHaveLength(JOBS - 1);
  });

  it('that stands still while the other computes is slow beyond measure, not unknown', () => {
    // a computes for 10 ms alone: from 3 to 13, while b does nothing; from 13 to 23 nothing is done of it.
    const stands: readonly Instants[] = [
      [0, 1, 3, 23, 24, 26],
      [11, 12, 13, 26, 27, 29],
    ];
    expect(of(stands).pairs[0]?.computing).toBe(20);
  });

  it('tells nothing of the computing where they hardly met, or nothing was stamped', () => {
    const apart: readonly Instants[] = [A, [9, 10, 11, 24, 25, 27]];
    for (const { pairs } of [of(apart), of(together, false)])
      expect(pairs.map((p) => p.computing)).toEqual([undefined, undefined]);
    expect(of(together, false).tasks[0]?.parts_ns).toBeUndefined();
  });
});
