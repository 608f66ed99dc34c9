/** Bounds of response times on what was calibrated. */
import { expect, it } from 'vitest';
import type { CalibratedTask } from '../../formats/recording/calibration.js';
import { headroomOf } from './headroom.js';
import { outcomeOf, type Situation } from './outcome.js';

const text = `version: 1
name: t
models:
  a: { backend: synthetic, build: { service: 10 ms, engine: "gpu:0" } }
  b: { backend: synthetic, build: { service: 10 ms, engine: "gpu:0" } }
scenarios:
  s: { warmup: 0 s, duration: 20 s, tasks: [ { model: a, rate: 10 Hz }, { model: b, rate: 10 Hz } ] }
`;
const task = (name: string): CalibratedTask => ({
  name,
  model: name,
  backend: 'synthetic',
  accelerator: 'auto',
  engine: 'gpu:0',
  threads: 0,
  priority: 'normal',
  alone_ns: Array.from({ length: 50 }, () => 10e6),
  idle_ns: Array.from({ length: 50 }, () => 90e6),
});

const boundsWith = (factor: number): { bound: number | undefined; p99: number | 'inf' | undefined }[] => {
  const pairs = [
    { task: 'a', beside: 'b', factor, jobs: 50 },
    { task: 'b', beside: 'a', factor, jobs: 50 },
  ];
  const tasks = ['a', 'b'].map(task);
  const situation: Situation = {
    text,
    file: 't.yaml',
    scenario: 's',
    base: { cpus: 2, scenario: { name: 's', tasks, pairs } },
  };
  return headroomOf(situation, outcomeOf(situation, []), { load: 0.1, tail: 0 }).map((h) => ({
    bound: h.bound_ms,
    p99: h.p99_ms,
  }));
};

it('two that take turns on an engine are done when both are', () => {
  for (const { bound, p99 } of boundsWith(2)) expect([bound, p99]).toEqual([20, 20]);
});

it('two that lose time when they run at once have a longer bound, which no job exceeds', () => {
  for (const { bound, p99 } of boundsWith(3)) expect([bound, p99]).toEqual([30, 30]);
});
