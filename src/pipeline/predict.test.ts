/** Which measured pair a prediction rests on. */
import { describe, expect, it } from 'vitest';
import { parsePipeline } from '../formats/pipeline/parse.js';
import type { CalibratedScenario, CalibratedTask } from '../formats/recording/calibration.js';
import { predict } from './predict.js';

const text = (priority: string) => `version: 1
name: t
models:
  m: { file: m.onnx, backend: tensorrt, accelerator: gpu }
scenarios:
  s:
    warmup: 0 s
    duration: 20 s
    tasks: [ { model: m, name: a, rate: 20 Hz, priority: ${priority} }, { model: m, name: b, rate: 20 Hz } ]
`;
const task = (name: string, extra: Partial<CalibratedTask> = {}): CalibratedTask => ({
  name,
  model: 'm',
  backend: 'tensorrt',
  accelerator: 'gpu',
  engine: 'gpu:0',
  precision: 'as_is',
  threads: 0,
  priority: 'normal',
  stream: 'normal',
  alone_ns: Array.from({ length: 50 }, () => 10e6),
  idle_ns: Array.from({ length: 50 }, () => 40e6),
  ...extra,
});
const calibrated = (a: Partial<CalibratedTask>, own: number, other: number): CalibratedScenario => ({
  name: 's',
  tasks: [task('a', a), task('b', a.precision === undefined ? {} : { precision: a.precision })],
  pairs: [
    { task: 'a', beside: 'b', factor: own, jobs: 99 },
    { task: 'b', beside: 'a', factor: other, jobs: 99 },
  ],
});
const p50 = (priority: string, ...others: CalibratedScenario[]) => {
  const [scenario] = parsePipeline(text(priority), 't.yaml').scenarios;
  const base = { cpus: 2, scenario: calibrated({}, 2, 2), others };
  return scenario ? predict(base, scenario, []).tasks.map((t) => t.p50) : [];
};

describe('a pair on a GPU', () => {
  it('counts as it was measured with the same stream leading, where that was', () => {
    expect(p50('normal')).toEqual([20, 20]);
    expect(p50('high')).toEqual([20, 20]);
    // Both begin at once: a ends after 12 ms, in which b has done 4, and needs 6 more alone.
    expect(p50('high', calibrated({ stream: 'high' }, 1.2, 3))).toEqual([12, 18]);
  });

  it('slows the computing of a job, not what the host and copies take of it', () => {
    const parts = { parts_ns: Array.from({ length: 50 }, (): [number, number, number, number] => [1e6, 0, 6e6, 0]) };
    const { tasks, pairs } = calibrated({}, 1.5, 1.5);
    const scenario = {
      name: 's',
      tasks: tasks.map((t) => ({ ...t, ...parts })),
      pairs: pairs.map((p) => ({ ...p, computing: 1 })),
    };
    const [spec] = parsePipeline(text('normal'), 't.yaml').scenarios;
    // 1 ms of the host, 6 ms of computing at half the speed, 3 ms of the host.
    expect(spec && predict({ cpus: 2, scenario }, spec, []).tasks.map((t) => t.p50)).toEqual([16, 16]);
  });

  it('of another precision does not, however its streams lead', () => {
    expect(p50('high', calibrated({ stream: 'high', precision: 'int8' }, 1.2, 3))).toEqual([20, 20]);
  });
});
