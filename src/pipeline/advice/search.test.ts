/** Changes that are found, on what was calibrated. */
import { describe, expect, it } from 'vitest';
import { withValues } from '../../formats/pipeline/with-values.js';
import type { CalibratedTask } from '../../formats/recording/calibration.js';
import { batchHints } from './batching.js';
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
    context: { now: outcome, cpus: 2, tasks: [now], variants, others: [] },
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

it('a change that only just holds does not hide a safe one of the same kind', () => {
  const on = (engine: string, ms: number): CalibratedTask => ({ ...camera('fp32', ms), accelerator: engine, engine });
  const found = changes([on('dla:0', 19.5), on('dla:1', 12)]).filter((c) => c.steps.length === 1);
  expect(found.find((c) => c.values[0]?.[1] === 'dla:1')?.safe).toBe(true);
});

it('a rate that is advised as safe holds with the margin, and none is higher', () => {
  const [change] = changes([]).filter((c) => c.safe);
  const rate = Number.parseFloat(change?.values.find(([path]) => path.endsWith('rate'))?.[1] ?? '');
  // 30 ms, 10 % longer, in a period 10 % shorter: 27.3 Hz.
  expect(rate).toBeGreaterThan(26.5);
  expect(rate).toBeLessThan(27.28);
});

describe('two cameras of one model', () => {
  const cameras = (rear: string, more = '') => `version: 1
name: t
models:
  eye: { file: c.onnx, backend: tensorrt, accelerator: gpu, inputs: { x: { shape: [1, 3, 8, 8] } } }
scenarios:
  s:
    warmup: 0 s
    duration: 20 s
    tasks:
      - { model: eye, name: front, rate: 25 Hz } # of the mast
      - { model: eye, name: rear, ${rear} }
${more}`;
  const eye = (name: string, batch: number, ms: number): CalibratedTask => ({
    ...camera('as_is', ms),
    name,
    model: 'eye',
    inputs: { x: [batch, 3, 8, 8] },
  });
  const tasks = [eye('front', 1, 22), eye('rear', 1, 22)];
  const pairs = [
    { task: 'front', beside: 'rear', factor: 2, jobs: 99 },
    { task: 'rear', beside: 'front', factor: 2, jobs: 99 },
  ];
  const found = (text: string, variants: readonly CalibratedTask[]) => {
    const own: Situation = {
      text,
      file: 't.yaml',
      scenario: 's',
      base: { cpus: 2, scenario: { name: 's', tasks, pairs }, variants },
    };
    const outcome = outcomeOf(own, []);
    const context = { now: outcome, cpus: 2, tasks, variants, others: [] };
    const all = changesFor({ situation: own, now: outcome, context, margin: { load: 0.05, tail: 0.05 } });
    return {
      batch: all.find((c) => c.steps.length === 1 && c.steps[0]?.kind === 'batch:eye'),
      hints: batchHints(context),
      own,
    };
  };

  it('are one task with a batch of two, where that was calibrated, with what it costs', () => {
    const { batch, hints, own } = found(cameras('rate: 25 Hz, phase: 4 ms, deadline: 36 ms'), [eye('front', 2, 26)]);
    expect(batch?.safe).toBe(true);
    expect(batch?.values).toEqual([
      ['models.eye.inputs.x.shape', '[2, 3, 8, 8]'],
      ['rear', 'null'],
      ['front.phase', '4 ms'],
      ['front.deadline', '36 ms'],
    ]);
    expect(batch?.steps[0]?.price).toBe(
      'a batch takes 26 ms, one alone 22 ms; their inputs are gathered and all results come together; the first waits 4 ms for the last',
    );
    expect(batch?.outcome.prediction.tasks).toMatchObject([{ name: 'front', p99: 26 }]);
    expect(hints).toEqual([]);
    const text = withValues(own.text, batch?.values ?? []);
    expect(text).toMatch(/name: front, rate: 25 Hz, phase: 4 ms, deadline: 36 ms.*# of the mast/);
    expect(text).not.toContain('rear');
  });

  it('are not where a batch is no faster, and say how to find out where nobody tried', () => {
    expect(found(cameras('rate: 25 Hz'), [eye('front', 2, 43)]).batch).toBe(undefined);
    const { batch, hints } = found(cameras('rate: 25 Hz'), []);
    expect(batch).toBe(undefined);
    expect(hints.join()).toMatch(
      /front and rear have one model and one rate; .* infersight calibrate --set 'models.eye.inputs.x.shape=\[2, 3, 8, 8\]'/,
    );
  });

  it('stay two where their rates differ, the inputs are too far apart, or something is asked of one alone', () => {
    const quick = [eye('front', 2, 20)];
    for (const [rear, more] of [
      ['rate: 30 Hz', ''],
      ['rate: 25 Hz, phase: 39 ms', ''],
      ['rate: 25 Hz, phase: 4 ms', 'requirements: [ { task: front, metric: response, quantile: p99, max: 30 ms } ]\n'],
      ['rate: 25 Hz', 'requirements: [ { task: rear, metric: response, quantile: p99, max: 30 ms } ]\n'],
    ] as const) {
      const text = cameras(rear, more);
      expect(found(text.replace('name: front, ', 'name: front, deadline: 30 ms, '), quick).batch, rear + more).toBe(
        undefined,
      );
    }
  });
});

describe('four tasks on one accelerator, each of which could be elsewhere', () => {
  const names = ['a', 'b', 'c', 'd'];
  const pipeline = (count: number) => `version: 1
name: t
models:
${names
  .slice(0, count)
  .map((n) => `  ${n}: { file: c.onnx, backend: tensorrt, accelerator: dla:0 }`)
  .join('\n')}
scenarios:
  s:
    warmup: 0 s
    duration: 20 s
    tasks: [ ${names
      .slice(0, count)
      .map((n) => `{ model: ${n}, rate: 10 Hz, deadline: 30 ms }`)
      .join(', ')} ]
`;
  // Each takes 25 ms wherever it is, and all are released at once: none can share with another.
  const at = (name: string, engine: string): CalibratedTask => ({
    ...camera('as_is', 25),
    name,
    model: name,
    accelerator: engine,
    engine,
  });
  const engines = ['dla:1', 'dla:2', 'dla:3'];
  const search = (movable: readonly string[]) => {
    const tasks = names.map((n) => at(n, 'dla:0'));
    const variants = movable.flatMap((n) => engines.map((e) => at(n, e)));
    const own: Situation = {
      text: pipeline(4),
      file: 't.yaml',
      scenario: 's',
      base: { cpus: 2, scenario: { name: 's', tasks, pairs: [] }, variants },
    };
    const outcome = outcomeOf(own, []);
    const context = { now: outcome, cpus: 2, tasks, variants, others: [] };
    return changesFor({ situation: own, now: outcome, context, margin: { load: 0.1, tail: 0.1 } });
  };
  const places = (found: ReturnType<typeof search>) =>
    found.find((c) => c.steps.length === 3 && c.steps.every((s) => s.kind.startsWith('place:')));

  it('are spread over them: three moves that only together are enough', () => {
    // 4 places for each of three tasks: all 64 are tried.
    const found = places(search(['b', 'c', 'd']));
    expect(found?.outcome.holds).toBe(true);
    const moved = found?.values.map(([, engine]) => engine);
    expect(new Set(moved).size).toBe(3);
  });

  it('also where there are too many combinations to try all', () => {
    expect(places(search(names))?.outcome.holds).toBe(true);
  });
});
