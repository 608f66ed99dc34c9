/** Changes that are found, on what was calibrated. */
import { expect, it } from 'vitest';
import type { CalibratedTask } from '../../formats/recording/calibration.js';
import { outcomeOf, type Situation } from './outcome.js';
import { changesFor } from './search.js';

const text = `version: 1
name: t
models:
  camera: { file: c.onnx, backend: tensorrt, accelerator: gpu, precision: fp32 }
scenarios:
  s: { warmup: 0 s, duration: 20 s, tasks: [ { model: camera, rate: 50 Hz } ] }
`;
const camera = (precision: string, ms: number): CalibratedTask => ({
  name: 'camera',
  model: 'camera',
  backend: 'tensorrt',
  accelerator: 'gpu',
  engine: 'gpu:0',
  precision,
  threads: 0,
  priority: 'normal',
  alone_ns: Array.from({ length: 50 }, () => ms * 1e6),
  idle_ns: Array.from({ length: 50 }, () => 5e6),
});
const now = camera('fp32', 30);
const situation = (variants: readonly CalibratedTask[]): Situation => ({
  text,
  file: 't.yaml',
  scenario: 's',
  base: { cpus: 2, scenario: { name: 's', tasks: [now], pairs: [] }, variants },
});
const changes = (variants: readonly CalibratedTask[]) => {
  const own = situation(variants);
  const outcome = outcomeOf(own, []);
  return changesFor({
    situation: own,
    now: outcome,
    context: { now: outcome, cpus: 2, tasks: [now], variants },
    margin: { load: 0.1, tail: 0.1 },
  });
};

it('a precision that was calibrated in another run is advised where it is fast enough, and says what it costs', () => {
  const found = changes([camera('fp16', 12)]).find((c) => c.steps.some((s) => s.text === 'camera: precision fp16'));
  expect(found?.values).toEqual([['models.camera.precision', 'fp16']]);
  expect(found?.safe).toBe(true);
  expect(found?.steps[0]?.price).toBe(
    'a job of camera alone takes 12 ms so, and 30 ms now; check its accuracy on data of your own',
  );
});

it('a precision that is as slow is not, and one that nobody calibrated is refused with what to do', () => {
  expect(changes([camera('fp16', 29)]).some((c) => c.steps.some((s) => s.text.includes('precision')))).toBe(false);
  expect(() => outcomeOf(situation([]), [['models.camera.precision', 'int8']])).toThrow(
    /was calibrated on gpu:0 with precision fp32, not on gpu with precision int8/,
  );
});

it('a rate that is advised as safe holds with the margin, and none is higher', () => {
  const [change] = changes([]).filter((c) => c.safe);
  const rate = Number.parseFloat(change?.values.find(([path]) => path.endsWith('rate'))?.[1] ?? '');
  // 30 ms, 10 % longer, in a period 10 % shorter: 27.3 Hz.
  expect(rate).toBeGreaterThan(26.5);
  expect(rate).toBeLessThan(27.28);
});
