import { expect, it } from 'vitest';
import { parsePipeline } from './parse.js';
import { withSolo } from './solo.js';

it('a task that others release gets its rate from them when it is alone', () => {
  const spec = parsePipeline(
    `version: 1
name: t
models: { a: { backend: synthetic, build: { service: 1 ms } } }
scenarios:
  s:
    duration: 1 s
    tasks:
      - { name: root, model: a, rate: 30 Hz, phase: 2 ms }
      - { name: half, model: a, after: root, every: 2 }
      - { name: sixth, model: a, after: half, every: 3, deadline: 9 ms }
      - { name: crops, model: a, after: half, fan_out: 4, probability: 0.5 }
      - { name: log, model: a, trace: [0 ms, 1 ms, 2 ms, 3 ms] }
      - { name: second, model: a, after: log, every: 2 }
`,
    'p',
  );
  const solo = withSolo(spec).scenarios.slice(1);
  expect(solo.map((s) => [s.name, s.soloOf, s.tasks.length])).toEqual(
    ['root', 'half', 'sixth', 'crops', 'log', 'second'].map((task) => [`s@${task}`, 's', 1]),
  );
  expect(solo.map((s) => s.tasks[0].release)).toEqual([
    { kind: 'periodic', rate: { num: 30, den: 1 }, phase: 2e6 },
    { kind: 'periodic', rate: { num: 15, den: 1 }, phase: 2e6 },
    { kind: 'periodic', rate: { num: 5, den: 1 }, phase: 2e6 },
    { kind: 'periodic', rate: { num: 30, den: 1 }, phase: 2e6 },
    { kind: 'trace', at: [0, 1e6, 2e6, 3e6] },
    { kind: 'trace', at: [1e6, 3e6] },
  ]);
  expect(solo[2].tasks[0]).toMatchObject({ name: 'sixth', deadline: 9e6 });
});
