import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProblem, ProblemError } from '../../base/problem.js';
import { parsePipeline } from './parse.js';

const GOOD = `version: 1
name: delivery-robot
models:
  detector:
    file: models/common_det.onnx
    inputs:
      images: { shape: [1, 3, 416, 416], data: random, range: [0, 255] }
    backend: auto
    accelerator: auto
    precision: fp32
    build: {}
  vad:
    file: models/silero_vad.onnx
    inputs:
      sr: { data: 16000 }
      input: { shape: [1, 512], data: { file: data/voice.npy } }
      state: { shape: [2, 1, 128], data: zeros, feedback: stateN }
scenarios:
  street:
    mode: periodic
    duration: 30 s
    warmup: 3 s
    repetitions: 1
    seed: 7
    tasks:
      - { model: detector, rate: 30000/1001 Hz, deadline: 66 ms, overrun: latest }
      - model: vad
        period: 33.3 ms
        phase: 5 ms
        jitter: { uniform: 2 ms }
        overrun: { queue: 16 }
        threads: 1
        cpus: [1]
        priority: high
        accelerator: cpu
probes:
  interval: 1 s
  use: auto
requirements:
  - { task: detector, metric: response, quantile: p99, max: 60 ms, confidence: 0.95 }
  - { task: "*", metric: miss_ratio, max: 1 % }
  - { series: ram_used, statistic: max, max: 6 GiB }
  - { series: temperature.gpu, statistic: max, max: 85 C }
`;

const problemsOf = (text: string): string[] => {
  try {
    parsePipeline(text, 'p.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return error.problems.map((p) => `${p.at?.line}:${p.at?.column} ${p.message}${p.hint ? ` | ${p.hint}` : ''}`);
  }
};
/** The good file with one line replaced. */
const withLine = (from: string, to: string): string => {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
};

describe('pipeline.yaml', () => {
  it('reads the example of the documentation exactly', () => {
    const spec = parsePipeline(GOOD, 'p.yaml');
    const [detector, vad] = spec.scenarios[0].tasks;
    expect(detector.release).toEqual({ kind: 'periodic', rate: { num: 30000, den: 1001 }, phase: 0 });
    expect(vad.release).toMatchObject({
      rate: { num: 10000, den: 333 },
      phase: 5e6,
      jitter: { kind: 'uniform', half: 2e6 },
    });
    expect([detector.deadline, vad.deadline]).toEqual([66e6, 33.3e6]);
    expect(vad.overrun).toEqual({ kind: 'queue', cap: 16 });
    expect(spec.requirements.map((r) => r.kind)).toEqual(['task', 'miss_ratio', 'series', 'series']);
    expect(spec.requirements[2]).toMatchObject({ max: 6 * 2 ** 30 });
    expect(spec.models[1].inputs.state).toMatchObject({ feedback: 'stateN', data: { kind: 'zeros' } });
  });

  const table: [from: string, to: string, expected: string | RegExp][] = [
    [
      '    duration: 30 s',
      '    duration: 30',
      '21:15 scenarios.street.duration: a number without a unit; write ms, s, us after it, such as "30 ms"',
    ],
    [
      '    duration: 30 s',
      '    duration: 30 sec',
      /^21:15 scenarios.street.duration: unknown unit "sec"; expected one of ms, s, us, ns, min, h, d$/,
    ],
    [
      '    mode: periodic',
      '    mode: peroidic',
      /^20:11 scenarios.street.mode: "peroidic" is none of sync .*; did you mean "periodic"\?$/,
    ],
    [
      '    backend: auto',
      '    bakend: auto',
      '8:5 models.detector.bakend: unknown key "bakend" | did you mean "backend"?',
    ],
    [
      'model: detector, rate',
      'model: detecter, rate',
      '26:18 scenarios.street.tasks[0].model: there is no model "detecter" | did you mean "detector"?',
    ],
    [
      'overrun: latest',
      'overrun: newest',
      /^26:\d+ scenarios.street.tasks\[0\].overrun: "newest" is not an overrun policy; expected queue \| \{ queue: 16 \}/,
    ],
    [
      '    build: {}',
      '    build: { graph_optimisation: all }',
      /^11:14 models.detector.build.graph_optimisation: unknown key .*did you mean "graph_optimization"\?$/,
    ],
    [
      'rate: 30000/1001 Hz, ',
      '',
      '26:9 scenarios.street.tasks[0]: needs one of rate, period, poisson, trace or after | such as rate: 15 Hz',
    ],
    ['rate: 30000/1001 Hz', 'rate: 0 Hz', /^26:\d+ scenarios.street.tasks\[0\].rate: must be more than zero$/],
    ['        cpus: [1]', '        cpus: [-1]', /^33:\d+ scenarios.street.tasks\[1\].cpus\[0\]: must be at least 0$/],
    [
      'metric: miss_ratio, max: 1 %',
      'metric: miss_ratio, max: 1 ms',
      /^41:\d+ requirements\[1\].max: miss_ratio is measured in %, found "1 ms"$/,
    ],
    [
      'task: detector, metric',
      'task: detectr, metric',
      /^40:\d+ requirements\[0\].task: there is no task "detectr" \| did you mean "detector"\?$/,
    ],
    [
      'jitter: { uniform: 2 ms }',
      'jitter: { uniform: 20 ms }',
      /^30:\d+ scenarios.street.tasks\[1\].jitter.uniform: must be less than half the period/,
    ],
    [
      'max: 6 GiB',
      'max: 6 C',
      /^42:\d+ requirements\[2\].max: ram_used is measured in MiB, GiB, KiB, GB, found "6 C"$/,
    ],
    ['version: 1', 'version: 2', '1:10 version: expected version: 1'],
    ['    file: models/common_det.onnx\n', '', /^4:3 models.detector: needs a file \(ONNX\) or an engine \(folder\)$/],
    ['name: delivery-robot', 'name: ../../etc', /^2:7 name: a name has letters/],
  ];
  for (const [from, to, expected] of table) {
    it(`says what is wrong with "${to.trim() || 'nothing'}"`, () => {
      const problems = problemsOf(withLine(from, to));
      expect(problems.length, problems.join('\n')).toBeGreaterThan(0);
      if (typeof expected === 'string') expect(problems).toContain(expected);
      else
        expect(
          problems.some((p) => expected.test(p)),
          problems.join('\n'),
        ).toBe(true);
    });
  }

  it('reports all mistakes at once, in the order of the file, with the line and a caret', () => {
    const text = GOOD.replace('duration: 30 s', 'duration: 30')
      .replace('backend: auto', 'bakend: auto')
      .replace('max: 6 GiB', 'max: 6');
    try {
      parsePipeline(text, 'p.yaml');
      expect.fail('must not be accepted');
    } catch (error) {
      const { problems } = error as ProblemError;
      expect(problems.map((p) => p.at?.line)).toEqual([8, 21, 42]);
      expect(formatProblem(problems[0])).toBe(
        'p.yaml:8:5: models.detector.bakend: unknown key "bakend"\n 8 |     bakend: auto\n   |     ^\n  did you mean "backend"?',
      );
    }
  });

  it('refuses deadlines on closed loads, naming the scenario', () => {
    const problems = problemsOf(withLine('mode: periodic', 'mode: async'));
    expect(problems.filter((p) => p.includes('scenario "street" cannot be required')).length).toBe(2);
  });

  it('finds tasks that wait for themselves', () => {
    const problems = problemsOf(
      GOOD.replace('rate: 30000/1001 Hz', 'after: vad').replace(
        '        period: 33.3 ms\n        phase: 5 ms\n        jitter: { uniform: 2 ms }\n',
        '        after: detector\n',
      ),
    );
    expect(problems.some((p) => p.includes('"detector" waits for itself'))).toBe(true);
  });

  it('turns broken YAML, aliases without end and empty files into problems', () => {
    for (const text of [
      'a: [1, 2',
      '',
      'just text',
      '- 1',
      'a: &a [*a]',
      `x: ${'['.repeat(500)}`,
      'a: 1\na: 2',
      '\u0000',
      'version: 1\nmodels: 3\nscenarios: [1]\nrequirements: {}\n',
    ]) {
      expect(problemsOf(text).length, text).toBeGreaterThan(0);
    }
    const bomb = `${['a: &a ["x","x","x","x","x","x","x","x"]', ...'bcdefgh'.split('').map((c, i) => `${c}: &${c} [${Array(8).fill(`*${'abcdefgh'[i]}`).join(',')}]`)].join('\n')}\n`;
    expect(problemsOf(bomb).length).toBeGreaterThan(0);
  });

  it('ends in a spec or problems for any change of one line', () => {
    const lines = GOOD.split('\n');
    fc.assert(
      fc.property(
        fc.nat(lines.length - 2),
        fc.oneof(fc.string(), fc.constantFrom('null', '[]', '{}', '1', 'true', '- x')),
        (at, text) => {
          const changed = lines
            .map((l, i) => (i === at ? `${l.match(/^\s*[^:]*:?/)?.[0] ?? ''} ${text}` : l))
            .join('\n');
          expect(Array.isArray(problemsOf(changed))).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('the schema that is committed is the one of the code', () => {
    const schema = JSON.parse(readFileSync('schema/pipeline.schema.json', 'utf8'));
    expect(Object.keys(schema.properties)).toEqual([
      'version',
      'name',
      'models',
      'scenarios',
      'probes',
      'requirements',
      'targets',
    ]);
    expect(JSON.stringify(schema)).toContain('graph_optimization');
  });
});
