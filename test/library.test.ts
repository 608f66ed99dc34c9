/** The library cannot crash a program, and does not take what means something else. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEngine, problemsOf } from './built.js';
import { model, node, tensor, value } from './onnx-writer.js';
import { cli, makeFolder, onlyRun } from './run-cli.js';

const double = model({
  nodes: [node('Add', ['x', 'x'], ['y'])],
  inputs: [value('x', 'float32', [2, 3])],
  outputs: [value('y', 'float32', [2, 3])],
});
const whole = model({
  nodes: [node('Add', ['n', 'n'], ['m'])],
  inputs: [value('n', 'int64', ['length'])],
  outputs: [value('m', 'int64', ['length'])],
});

let run = '';
beforeAll(async () => {
  const folder = makeFolder({
    'double.onnx': double,
    'whole.onnx': whole,
    'pipeline.yaml': `version: 1
name: lib
models:
  double: { file: double.onnx, build: { verify: true } }
  whole: { file: whole.onnx, inputs: { n: { shape: [4] } } }
scenarios:
  s: { warmup: 0 s, duration: 200 ms, steady: off, tasks: [ { model: double, rate: 20 Hz }, { model: whole, rate: 20 Hz } ] }
`,
  });
  await cli(folder, ['run', '--quiet']);
  run = onlyRun(folder);
});

const open = (name: string, options = {}) => loadEngine(join(run, 'engines', name), options);
const messageOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing was thrown',
    (error: unknown) => problemsOf(error)?.[0]?.message ?? `no problem: ${error}`,
  );

describe('run', () => {
  it('takes arrays of the element type, lists, and tensors', async () => {
    const engine = await open('double');
    const values = [1, 2, 3, 4, 5, 6];
    for (const feed of [Float32Array.from(values), values, { shape: [2, 3], data: values }, { data: values }])
      expect(Array.from((await engine.run({ x: feed as never })).y.data as Float32Array)).toEqual([2, 4, 6, 8, 10, 12]);
    engine.close();
  });

  const refused: [what: string, model: string, feeds: unknown, message: string][] = [
    [
      'doubles for floats',
      'double',
      { x: Float64Array.from([1, 2, 3, 4, 5, 6]) },
      'input x: expected Float32Array for float32, found Float64Array',
    ],
    [
      'the same inside a tensor',
      'double',
      { x: { dtype: 'float32', shape: [2, 3], data: new Float64Array(6) } },
      'found Float64Array',
    ],
    ['another element type', 'double', { x: { dtype: 'int8', data: new Int8Array(6) } }, 'found element type int8'],
    ['too few values', 'double', { x: [1, 2] }, 'float32[2,3] has 6 elements, found 2'],
    [
      'another shape',
      'double',
      { x: { shape: [3, 2], data: new Float32Array(6) } },
      'expected float32[2,3], found float32[3,2]',
    ],
    [
      'a shape that is none',
      'double',
      { x: { shape: [2, -3], data: new Float32Array(6) } },
      'expected a shape of whole numbers',
    ],
    ['null', 'double', { x: null }, 'input x: expected float32[2,3], found null'],
    ['no value', 'double', {}, 'input x: missing'],
    ['no object', 'double', null, 'expected an object with a value for each input, found null'],
    ['another name', 'double', { z: [1] }, 'the model has no input "z"'],
    ['a list with text in it', 'double', { x: [1, 2, 3, 4, 5, 'six'] }, 'element 5 is a string, expected a number'],
    ['32 bits for 64', 'whole', { n: new Int32Array(4) }, 'expected BigInt64Array for int64, found Int32Array'],
    ['a fraction for a whole number', 'whole', { n: [1, 2, 3, 4.5] }, 'element 3 is 4.5, expected a whole number'],
    [
      'another size of a fixed dimension',
      'whole',
      { n: { shape: [5], data: new BigInt64Array(5) } },
      'expected int64[4], found int64[5]',
    ],
  ];
  it.each(refused)('refuses %s', async (_, name, feeds, message) => {
    const engine = await open(name);
    expect(await messageOf(engine.run(feeds as never))).toContain(message);
    engine.close();
  });

  it('goes on after a refusal, and takes turns', async () => {
    const engine = await open('whole');
    await messageOf(engine.run({ n: null as never }));
    const results = await Promise.all([1n, 2n, 3n].map((n) => engine.run({ n: [n, n, n, n] })));
    expect(results.map((r) => (r.m.data as BigInt64Array)[0])).toEqual([2n, 4n, 6n]);
    engine.close();
  });

  it.each([{}, { worker: true }])('ends with a problem once it is closed (%o)', async (options) => {
    const engine = await open('double', options);
    engine.close();
    engine.close();
    expect(await messageOf(engine.run({ x: new Float32Array(6) }))).toBe('the engine of double is closed');
  });

  it('in a thread of its own the program goes on meanwhile, and ends by itself', async () => {
    const script = `
      import { loadEngine } from ${JSON.stringify(resolve('dist/index.js'))};
      const engine = await loadEngine(${JSON.stringify(join(run, 'engines/double'))}, { worker: true });
      const { y } = await engine.run({ x: [1, 2, 3, 4, 5, 6] });
      const refused = await engine.run({ x: [1] }).catch((error) => error.problems[0].code);
      console.log(Array.from(y.data).join(), refused);`;
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect({ stdout, status }, stderr).toEqual({ stdout: '2,4,6,8,10,12 task\n', status: 0 });
  });
});

it('says what is wrong with the folder', async () => {
  expect(await messageOf(loadEngine('/nowhere'))).toContain('/nowhere is no engine');
  expect(await messageOf(loadEngine(undefined as never))).toContain('expected the folder of an engine');
});

it('an engine is compared with its model where that is asked for', () => {
  const { verification } = JSON.parse(readFileSync(join(run, 'engines/double/engine.json'), 'utf8'));
  expect(verification).toMatchObject({ within: true, outputs: [{ name: 'y', max_abs: 0 }] });
  expect(JSON.parse(readFileSync(join(run, 'engines/whole/engine.json'), 'utf8')).verification).toBeUndefined();
});

const COMPILER = spawnSync('cc', ['--version']).status === 0;
describe.runIf(COMPILER)('libraries of operators', () => {
  const build = (folder: string, body: string) => {
    writeFileSync(join(folder, 'ops.c'), body);
    const { status, stderr } = spawnSync('cc', [
      '-shared',
      '-fPIC',
      '-o',
      join(folder, 'ops.so'),
      join(folder, 'ops.c'),
    ]);
    expect(status, String(stderr)).toBe(0);
  };
  const pipeline = `version: 1
name: ops
models:
  m: { file: m.onnx, build: { custom_ops: [ops.so] } }
scenarios:
  s: { warmup: 0 s, duration: 200 ms, steady: off, tasks: [ { model: m, rate: 20 Hz } ] }
`;
  const relu = model({
    nodes: [node('Add', ['x', 'w'], ['y'])],
    inputs: [value('x', 'float32', [1])],
    outputs: [value('y', 'float32', [1])],
    initializers: [tensor('w', 'float32', [1], new Float32Array(1))],
  });

  it('are registered with every session, and travel with the engine', async () => {
    const folder = makeFolder({ 'm.onnx': relu, 'pipeline.yaml': pipeline });
    const mark = join(folder, 'called');
    build(
      folder,
      `#include <stdio.h>
       void *RegisterCustomOps(void *options, const void *base) {
         FILE *f = fopen("${mark}", "a"); fputs(options && base ? "x" : "-", f); fclose(f); return 0; }`,
    );
    await cli(folder, ['run', '--quiet']);
    // Two sessions of the build, one of the task, two that time the layers.
    expect(readFileSync(mark, 'utf8')).toMatch(/^x{4,}$/);
    expect(existsSync(join(onlyRun(folder), 'engines/m/custom_ops.0.so'))).toBe(true);
  });

  it('without the function they must have are refused', async () => {
    const folder = makeFolder({ 'm.onnx': relu, 'pipeline.yaml': pipeline });
    build(folder, 'int other(void) { return 0; }');
    const { code, stderr } = await cli(folder, ['run', '--quiet']);
    expect(code).toBe(3);
    expect(stderr).toContain('it must be a shared library for this system that exports RegisterCustomOps');
  });

  it('that are missing are told with their place, before anything is made', async () => {
    const folder = makeFolder({ 'm.onnx': relu, 'pipeline.yaml': pipeline });
    const { code, stderr } = await cli(folder, ['run', '--quiet']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/pipeline\.yaml:4:\d+: model m: .*ops\.so does not exist/);
    expect(existsSync(join(folder, 'runs'))).toBe(false);
  });
});
