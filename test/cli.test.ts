/** The command line as a person uses it: right and wrong input, Ctrl-C, resume, every exit code. */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJobs, readReport } from '../src/index.js';
import { model, node, tensor, unary, value } from './onnx-writer.js';
import { cli, MEASURED, makeFolder, onlyRun, readText } from './run-cli.js';

const synthetic = (tasks: string, more = '', scenario = 'warmup: 0 s, duration: 1 s') => `version: 1
name: t
models:
  fast: { backend: synthetic, build: { service: 2 ms } }
  asleep: { backend: synthetic, build: { service: 3 ms, work: sleep } }
scenarios:
  s: { ${scenario}, tasks: [ ${tasks} ] }
probes: { interval: 200 ms }
${more}`;
const good = synthetic('{ model: fast, rate: 50 Hz }, { model: asleep, rate: 40 Hz, phase: 5 ms }');

describe('run', () => {
  it('measures, reports and leaves everything behind', async () => {
    const folder = makeFolder({ 'pipeline.yaml': good });
    const result = await cli(folder, ['run']);
    expect(MEASURED, result.stderr).toContain(result.code);
    expect(result.stdout).toContain('verdict: cannot tell');
    expect(result.stderr).toContain('profile:s done');
    const run = onlyRun(folder);
    for (const name of [
      'pipeline.yaml',
      'run.json',
      'profile_report.yaml',
      'trace.json',
      'system_profile_graph.png',
      'engines/fast/engine.json',
    ]) {
      expect(existsSync(join(run, name)), name).toBe(true);
    }
    for (const name of ['recording.json', 'jobs.arrow', 'series.arrow', 'system_profile.txt'])
      expect(existsSync(join(run, 'recordings/s/1', name)), name).toBe(true);
    expect(JSON.parse((await cli(folder, ['status', run, '--json'])).stdout)).toMatchObject({
      status: 'done',
      stages: [{ status: 'done' }, { status: 'done' }, { status: 'done' }, { status: 'done' }, { status: 'done' }],
    });
    const report = await readReport(run);
    const [fast, asleep] = report.scenarios[0].tasks;
    expect([fast.released, asleep.released]).toEqual([50, 40]);
    for (const task of [fast, asleep]) {
      const dropped = Object.values(task.dropped).reduce((a, b) => a + b, 0);
      expect(task.released).toBe(task.completed + dropped + task.in_flight);
    }
    expect(fast.service_ms.min).toBeGreaterThanOrEqual(2);
    const jobs = await readJobs(join(run, 'recordings/s/1'));
    for (let i = 0; i < jobs.length; i++) {
      if (jobs.outcome[i] !== 1) continue;
      const stamps = [jobs.release[i], jobs.seen[i], jobs.start[i], jobs.enqueueEnd[i], jobs.complete[i]];
      for (let k = 1; k < stamps.length; k++)
        expect(stamps[k], `${k} of job ${i}`).toBeGreaterThanOrEqual(stamps[k - 1]);
    }
    const trace = JSON.parse(readText(run, 'trace.json'));
    const slices = trace.traceEvents.filter(
      (e: { ph: string; cat?: string }) => e.ph === 'X' && (e.cat === 'job' || e.cat === 'late'),
    );
    expect(slices.length).toBe(fast.completed + asleep.completed);
    for (const event of trace.traceEvents) {
      expect(['M', 'X', 'i', 'C', 's', 'f']).toContain(event.ph);
      expect(typeof event.pid).toBe('number');
      if (event.ph !== 'M') expect(Number.isFinite(event.ts)).toBe(true);
    }
    expect(readText(run, 'recordings/s/1/system_profile.txt')).toMatch(
      /^\d\d-\d\d-\d{4} \d\d:\d\d:\d\d RAM \d+\/\d+MB/,
    );
    const again = readText(run, 'profile_report.yaml');
    expect(MEASURED).toContain((await cli(folder, ['report', run, '--quiet'])).code);
    expect(readText(run, 'profile_report.yaml')).toBe(again);
  });

  it('closed and barrier modes on the real clock', async () => {
    const tasks = '[ { model: fast, period: 20 ms }, { model: asleep, period: 25 ms } ]';
    const modes = ['sync', 'async', 'async-iteration', 'periodic-iteration'].map(
      (mode) => `  ${mode}: { mode: ${mode}, warmup: 0 s, iterations: 20, tasks: ${tasks} }`,
    );
    const folder = makeFolder({
      'pipeline.yaml': good.replace(
        / {2}s: .*\n/,
        `${modes.join('\n')}\n  window: { mode: periodic-iteration, iteration: window, warmup: 0 s, iterations: 4, tasks: ${tasks} }\n`,
      ),
    });
    const result = await cli(folder, ['run', '--quiet']);
    expect(MEASURED, result.stderr).toContain(result.code);
    const { scenarios } = await readReport(onlyRun(folder));
    const counts = Object.fromEntries(scenarios.map((s) => [s.name, s.tasks.map((t) => t.released)]));
    expect(counts).toEqual({
      sync: [20, 20],
      async: [20, 20],
      'async-iteration': [20, 20],
      'periodic-iteration': [20, 20],
      window: [20, 16],
    });
    const iterations = scenarios.find((s) => s.name === 'periodic-iteration')?.iterations;
    expect(iterations?.count).toBe(20);
    expect(iterations?.time_ms.min).toBeGreaterThanOrEqual(25);
    expect(scenarios.find((s) => s.name === 'window')?.iterations?.time_ms.min).toBeGreaterThanOrEqual(100);
  });

  it('chains on the real clock', async () => {
    const folder = makeFolder({
      'pipeline.yaml': synthetic(
        '{ model: fast, rate: 40 Hz }, { model: asleep, after: fast, every: 2, deadline: 20 ms }',
      ),
    });
    expect(MEASURED).toContain((await cli(folder, ['run', '--quiet'])).code);
    const [scenario] = (await readReport(onlyRun(folder))).scenarios;
    const [fast, asleep] = scenario.tasks;
    // A machine that stalls drops jobs of the first; every second one that is done releases one of the second.
    expect(fast.completed).toBeGreaterThan(20);
    expect(Math.abs(asleep.released - fast.completed / 2)).toBeLessThanOrEqual(1);
    expect(scenario.chains?.[0]).toMatchObject({ tasks: ['fast', 'asleep'], complete: asleep.completed });
    expect(scenario.chains?.[0].reaction_ms.min).toBeGreaterThanOrEqual(5);
  });

  it('warms up, and counts jobs of the measured window only', async () => {
    const folder = makeFolder({
      'pipeline.yaml': synthetic('{ model: fast, rate: 100 Hz }', '', 'warmup: 300 ms, steady: off, duration: 500 ms'),
    });
    expect(MEASURED).toContain((await cli(folder, ['run', '--quiet'])).code);
    const run = onlyRun(folder);
    const recording = JSON.parse(readText(run, 'recordings/s/1/recording.json'));
    expect(recording.measure.from_ns).toBeGreaterThanOrEqual(300e6);
    expect(recording.measure.to_ns - recording.measure.from_ns).toBe(500e6);
    expect((await readReport(run)).scenarios[0].tasks[0].released).toBe(50);
    expect((await readJobs(join(run, 'recordings/s/1'))).length).toBeGreaterThanOrEqual(80);
  });

  it('builds a model whose weights lie in files of their own', async () => {
    const weights = Float32Array.from({ length: 1000 }, (_, i) => i);
    const folder = makeFolder({
      'add.onnx': model({
        nodes: [node('Add', ['x', 'w'], ['y'])],
        inputs: [value('x', 'float32', [1000])],
        outputs: [value('y', 'float32', [1000])],
        initializers: [tensor('w', 'float32', [1000], undefined, { location: 'w.bin', length: '4000' })],
      }),
      'w.bin': new Uint8Array(weights.buffer),
      'pipeline.yaml':
        'version: 1\nname: t\nmodels:\n  add: { file: add.onnx }\nscenarios:\n  s: { warmup: 0 s, duration: 300 ms, tasks: [ { model: add, rate: 50 Hz } ] }\n',
    });
    const result = await cli(folder, ['run', '--quiet']);
    expect(MEASURED, result.stderr).toContain(result.code);
    expect((await readReport(onlyRun(folder))).scenarios[0].tasks[0].completed).toBe(15);
  });

  it('runs real ONNX models, with inputs from files, and finds engines in the cache', async () => {
    const folder = makeFolder({
      'relu.onnx': unary('Relu', 'float32', ['batch', 'n']),
      'x.bin': new Uint8Array(new Float32Array([1, -1, 2, -2]).buffer),
      'pipeline.yaml': `version: 1
name: onnx
models:
  relu: { file: relu.onnx, inputs: { x: { shape: [1, 4], data: { file: x.bin } } } }
scenarios:
  s: { warmup: 0 s, duration: 500 ms, tasks: [ { model: relu, rate: 100 Hz }, { model: relu, name: twin, rate: 50 Hz, threads: 2, cpus: [0] } ] }
`,
    });
    const first = await cli(folder, ['run', '--id', 'a']);
    expect(MEASURED, first.stderr).toContain(first.code);
    const second = await cli(folder, ['run', '--id', 'b']);
    expect(second.stderr).toContain('build:relu from the cache');
    const report = await readReport(join(folder, 'runs/b'));
    expect(report.engines[0]).toMatchObject({ backend: 'onnxruntime', cached: true });
    expect(report.scenarios[0].tasks[1].honoured).toEqual({ cpus: true });
    expect(JSON.parse(readText(folder, 'runs/a/models/relu/model.json'))).toMatchObject({
      opsets: { 'ai.onnx': 17 },
      nodes: 1,
    });
    const explored = JSON.parse(readText(folder, 'runs/a/engines/relu/explore.json'));
    expect(explored).toMatchObject({
      name: 'relu',
      tool: { name: 'ONNX Runtime' },
      findings: [],
      graph: { length: 2 },
    });
    expect(explored.table).toMatchObject({
      source: 'onnxruntime',
      layers: [{ type: 'Relu', device: 'cpu', onnx: ['Relu_y'] }],
    });
    expect(explored.table.layers[0].time.mean_ms).toBeGreaterThan(0);
    expect(readText(folder, 'runs/b/engines/relu/explore.html')).toContain('<title>relu');
    expect(readText(folder, 'runs/b/engines/relu/graph.svg')).toContain('Relu');
    const again = await cli(folder, ['explore', 'runs/a/engines/relu', '--json']);
    expect(JSON.parse(again.stdout).table.layers[0].time).toEqual(explored.table.layers[0].time);
  });

  it('prints the stages with --plan, and JSON lines with --reporter json', async () => {
    const folder = makeFolder({ 'pipeline.yaml': good });
    expect((await cli(folder, ['run', '--plan'])).stdout).toBe(
      'prepare\nbuild:fast  after prepare\nbuild:asleep  after prepare\nprofile:s  after build:fast, build:asleep\nreport  after profile:s\n',
    );
    expect(existsSync(join(folder, 'runs'))).toBe(false);
    const lines = (await cli(folder, ['run', '--reporter', 'json'])).stdout
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l));
    expect(lines[0]).toMatchObject({ kind: 'run-start' });
    expect(lines.at(-1)).toMatchObject({ kind: 'run-end', state: 'done' });
    expect(lines.filter((l) => l.kind === 'progress').length).toBeGreaterThan(0);
  });

  it('runs stage by stage, as an orchestrator does', async () => {
    const folder = makeFolder({ 'pipeline.yaml': good.replace('duration: 1 s', 'duration: 300 ms') });
    await cli(folder, ['run', '--simulate', '--quiet', '--id', 'x']);
    for (const stage of ['prepare', 'profile:s', 'report'])
      expect(MEASURED).toContain((await cli(folder, ['stage', stage, '--run', 'runs/x'])).code);
    const wrong = await cli(folder, ['stage', 'profil:s', '--run', 'runs/x']);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "profile:s"?') });
  });
});

describe('exit codes', () => {
  it('2: bad usage and configuration, all mistakes at once, nothing written', async () => {
    const folder = makeFolder({
      'pipeline.yaml': good
        .replace('duration: 1 s', 'duration: 1')
        .replace('model: asleep, rate', 'model: aslep, rate'),
      'not.onnx': 'text',
    });
    const result = await cli(folder, ['run']);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('pipeline.yaml:7:');
    expect(result.stderr).toContain('such as "1 ms"');
    expect(result.stderr).toContain('did you mean "asleep"?');
    expect(result.stderr).toContain('2 problems');
    expect(existsSync(join(folder, 'runs'))).toBe(false);
    expect(await cli(folder, ['run', 'absent.yaml'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('absent.yaml cannot be read'),
    });
    expect(await cli(folder, ['runn'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean run?'),
    });
    expect(await cli(folder, ['run', '--nosuch'])).toMatchObject({ code: 2 });
    for (const port of ['65536', '-1', '80.5', 'http', ''])
      expect(await cli(folder, ['view', '.', `--port=${port}`])).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^error: option '--port <n>' argument .* is invalid. expected a /),
      });
    expect(await cli(folder, ['inspect', 'not.onnx'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not a readable ONNX model'),
    });
    expect(await cli(folder, ['report', '.'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not a run directory'),
    });
  });

  it('2: a model that leaves a dimension open proposes the line to paste; other models are checked too', async () => {
    const folder = makeFolder({
      'a.onnx': unary('Relu', 'float32', ['h', 'w']),
      'pipeline.yaml':
        'version: 1\nname: t\nmodels:\n  a: { file: a.onnx }\n  b: { file: absent.onnx }\nscenarios:\n  s: { tasks: [ { model: a, rate: 1 Hz } ] }\n',
    });
    const result = await cli(folder, ['run']);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('x: { shape: [1, 16] }');
    expect(result.stderr).toContain('absent.onnx cannot be read');
    expect(existsSync(join(folder, 'runs'))).toBe(false);
    // What is no pipeline file is told with what to do instead.
    expect((await cli(folder, ['run', 'a.onnx'])).stderr).toMatch(/is a model, not a pipeline file[\s\S]*init a\.onnx/);
    expect((await cli(folder, ['run', '.'])).stderr).toMatch(
      /is a folder, not a pipeline file[\s\S]*run pipeline\.yaml/,
    );
  });

  it('2: data of another element type says how numpy turns it over', async () => {
    const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 4), }".padEnd(117);
    const npy = Buffer.concat([
      Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'),
      Buffer.from(`${header}\n`),
      Buffer.alloc(32),
    ]);
    const folder = makeFolder({
      'a.onnx': unary('Relu', 'float32', [1, 4]),
      'x.npy': npy,
      'pipeline.yaml':
        'version: 1\nname: t\nmodels:\n  a: { file: a.onnx, inputs: { x: { data: { file: x.npy } } } }\nscenarios:\n  s: { tasks: [ { model: a, rate: 1 Hz } ] }\n',
    });
    const { code, stderr } = await cli(folder, ['run']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/pipeline\.yaml:4:.*found float64\[1,4\][\s\S]*a\.astype\(np\.float32\)/);
  });

  it('3: a build that fails, in words', async () => {
    const folder = makeFolder({
      'a.onnx': unary('NoSuchOperator', 'float32', [1]),
      'pipeline.yaml':
        'version: 1\nname: t\nmodels:\n  a: { file: a.onnx }\nscenarios:\n  s: { tasks: [ { model: a, rate: 1 Hz } ] }\n',
    });
    const result = await cli(folder, ['run']);
    expect(result).toMatchObject({ code: 3, stderr: expect.stringContaining('NoSuchOperator') });
    expect(result.stderr).not.toMatch(/at .*\.js:\d+/);
  });

  it('4: one task fails, the recordings of the others are kept', async () => {
    const faulty = (kind: string) =>
      good
        .replace(
          'build: { service: 3 ms, work: sleep }',
          `build: { service: 3 ms, work: sleep, fault: { kind: ${kind}, at: 10 } }`,
        )
        .replace('warmup: 0 s', 'warmup: 0 s, hang_limit: 300 ms')
        .concat('requirements: [ { task: fast, metric: throughput, min: 10 Hz } ]\n');
    const messages = {
      load: 'fails to load',
      throw: 'throws',
      nan: 'not a number',
      shape: 'the model declares float32[1], found float32[7,7]',
      hang: 'longer than hang_limit',
    };
    for (const [kind, message] of Object.entries(messages)) {
      const folder = makeFolder({ 'pipeline.yaml': faulty(kind) });
      const result = await cli(folder, ['run']);
      expect(result.code, kind).toBe(4);
      expect(result.stderr, kind).toContain(message);
      const report = await readReport(onlyRun(folder));
      const [scenario] = report.scenarios;
      // What one task does after another is gone says nothing of both together.
      expect(report.requirements, kind).toMatchObject([
        { verdict: 'inconclusive', reason: 'asleep failed, so the tasks did not all run together' },
      ]);
      expect(report.verdict, kind).toBe('fail');
      expect(scenario.tasks[0], kind).toMatchObject({ released: 50 });
      expect(scenario.tasks[1].problem?.message, kind).toContain(message);
    }
  }, 120_000);

  it('4: a task that fails before it has its number of jobs leaves numbers, not holes', async () => {
    const text = synthetic(
      '{ model: fast }, { model: asleep }',
      '',
      'mode: async, warmup: 0 s, iterations: 30',
    ).replace('work: sleep }', 'work: sleep, fault: { kind: throw, at: 5 } }');
    const folder = makeFolder({ 'pipeline.yaml': text });
    expect((await cli(folder, ['run', '--quiet'])).code).toBe(4);
    const { tasks } = (await readReport(onlyRun(folder))).scenarios[0];
    expect(tasks[1].completed).toBe(5);
    expect(tasks[1].throughput_hz).toBeGreaterThan(0);
  });

  it('4: a job that hangs in mode sync ends the run', async () => {
    const text = good
      .replace('work: sleep }', 'work: sleep, fault: { kind: hang, at: 5 } }')
      .replace('warmup: 0 s', 'mode: sync, warmup: 0 s, hang_limit: 300 ms')
      .replace(', phase: 5 ms', '');
    const folder = makeFolder({ 'pipeline.yaml': text });
    expect(await cli(folder, ['run'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('longer than hang_limit'),
    });
    expect((await readReport(onlyRun(folder))).scenarios[0].tasks[0].completed).toBe(6);
  });

  it('4: native code crashes, what was recorded before is kept', async () => {
    const folder = makeFolder({
      'pipeline.yaml': good.replace('work: sleep }', 'work: sleep, fault: { kind: crash, at: 20 } }'),
    });
    const result = await cli(folder, ['run']);
    expect(result).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/ended early \(SIGSEGV, while a job of (fast and of )?asleep/),
    });
    expect((await readJobs(join(onlyRun(folder), 'recordings/s/1'))).length).toBeGreaterThan(30);
  });

  it('4: a model whose output is not a number, with the ONNX file as the fault', async () => {
    const folder = makeFolder({
      'log.onnx': model({
        nodes: [node('Log', ['x'], ['y'])],
        inputs: [value('x', 'float32', [4])],
        outputs: [value('y', 'float32', [4])],
      }),
      'ok.onnx': model({
        nodes: [node('Add', ['x', 'w'], ['y'])],
        inputs: [value('x', 'float32', [4])],
        outputs: [value('y', 'float32', [4])],
        initializers: [tensor('w', 'float32', [4], new Float32Array(4))],
      }),
      'pipeline.yaml':
        'version: 1\nname: t\nmodels:\n  log: { file: log.onnx, inputs: { x: { range: [-2, -1] } } }\n  ok: { file: ok.onnx }\nscenarios:\n  s: { warmup: 0 s, duration: 300 ms, tasks: [ { model: log, rate: 20 Hz }, { model: ok, rate: 100 Hz } ] }\n',
    });
    const result = await cli(folder, ['run']);
    expect(result).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('task log: output y: element 0 is not a number (NaN)'),
    });
    expect((await readReport(onlyRun(folder))).scenarios[0].tasks[1].completed).toBe(30);
  });

  it('5 and 6: a requirement that fails, and one that too few samples can show', async () => {
    const with_ = (max: string) =>
      `${good}requirements:\n  - { task: fast, metric: response, quantile: p90, max: ${max} }\n  - { series: nosuch, max: 1 % }\n`;
    // On the virtual clock, as a machine that stalls decides nothing.
    const failing = makeFolder({ 'pipeline.yaml': with_('1 ms') });
    expect((await cli(failing, ['run', '--simulate', '--quiet'])).code).toBe(5);
    const folder = makeFolder({ 'pipeline.yaml': with_('10 s') });
    expect((await cli(folder, ['run', '--quiet'])).code).toBe(6);
    expect((await readReport(onlyRun(folder))).requirements[1].reason).toContain(
      'was not recorded; there are cpu.mean',
    );
    const run = onlyRun(folder);
    const summary = join(folder, 'summary.md');
    const print = (...options: string[]) =>
      cli(folder, ['report', run, ...options], { env: { GITHUB_STEP_SUMMARY: summary } });
    const junit = await print('--format', 'junit');
    expect(junit.code).toBe(6);
    expect(junit.stdout).toMatch(/<testcase classname="[^"]+\.requirements" name="s\/fast response p90/);
    expect((await print('--format', 'csv')).stdout).toMatch(/^scenario,task,/);
    expect((await print('--format', 'markdown')).stdout).toContain('| requirement | measured | note |');
    expect((await print('--format', 'json')).stdout).toBe((await print('--json')).stdout);
    // Appended, as GitHub wants it.
    expect(readText(summary).match(/^# /gm)).toHaveLength(5);
    expect((await print('--format', 'xml')).code).toBe(2);
  });

  it('goes on with the repetition that was interrupted, and keeps those before', async () => {
    const folder = makeFolder({
      'pipeline.yaml': synthetic('{ model: fast, rate: 50 Hz }', '', 'duration: 1 s, repetitions: 3'),
    });
    expect(MEASURED).toContain((await cli(folder, ['run', '--simulate', '--id', 'a', '--quiet'])).code);
    const path = join(folder, 'runs/a/stages/profile.s.json');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), state: 'interrupted' }));
    const jobs = (n: number) => join(folder, `runs/a/recordings/s/${n}/jobs.arrow`);
    rmSync(join(folder, 'runs/a/recordings/s/3'), { recursive: true });
    const before = [1, 2].map((n) => statSync(jobs(n)).ino);
    expect(MEASURED).toContain((await cli(folder, ['run', '--resume', 'runs/a', '--quiet'])).code);
    expect([1, 2].map((n) => statSync(jobs(n)).ino)).toEqual(before);
    expect((await readReport(join(folder, 'runs/a'))).scenarios.map((s) => s.repetition)).toEqual([1, 2, 3]);
  });

  it('130: Ctrl-C keeps what was recorded, and --resume goes on', async () => {
    const folder = makeFolder({ 'pipeline.yaml': good.replace('duration: 1 s', 'duration: 4 s') });
    let asked = 0;
    const result = await cli(folder, ['run', '--id', 'cut'], {
      onStderr: (text, kill) => {
        if (!/^ {2}measure /m.test(text) || asked > 0) return;
        asked = performance.now();
        setTimeout(() => kill('SIGINT'), 700);
      },
    });
    expect(result.code, result.stderr).toBe(130);
    const run = join(folder, 'runs/cut');
    const state = async () => JSON.parse((await cli(folder, ['status', run, '--json'])).stdout).status;
    expect(await state()).toBe('interrupted');
    const [scenario] = (await readReport(run)).scenarios;
    expect(scenario).toMatchObject({ interrupted: true });
    expect(scenario.tasks[0].completed).toBeGreaterThan(10);
    const resumed = await cli(folder, ['run', '--resume', run]);
    expect(MEASURED, resumed.stderr).toContain(resumed.code);
    expect(resumed.stderr).not.toContain('build:fast');
    expect(await state()).toBe('done');
  });
});

describe('probes', () => {
  it('plays a tegrastats log back, raw lines and all', async () => {
    const log = readFileSync('test/fixtures/telemetry/tegrastats.txt', 'utf8')
      .split('\n')
      .filter((l) => /^\d\d-/.test(l) && l.includes('VDD_GPU_SOC'));
    const folder = makeFolder({
      'pipeline.yaml': good.replace('interval: 200 ms', 'interval: 100 ms, use: [tegrastats]'),
      // Long enough for a machine that takes its time to start.
      'log.txt': Array.from({ length: 20 }, () => log.join('\n')).join('\n'),
    });
    const result = await cli(folder, ['run', '--quiet'], {
      env: { INFERSIGHT_TEGRASTATS_LOG: join(folder, 'log.txt') },
    });
    expect(MEASURED, result.stderr).toContain(result.code);
    const run = onlyRun(folder);
    expect(readText(run, 'recordings/s/1/system_profile.txt').split('\n')[0]).toBe(log[0]);
    const system = (await readReport(run)).scenarios[0].system.map((s) => s.series);
    expect(system).toContain('power.VDD_GPU_SOC');
    expect(system).toContain('temperature.tj');
  });

  it('says so when a named probe does not work here', async () => {
    const folder = makeFolder({
      'pipeline.yaml': good.replace('interval: 200 ms', 'interval: 200 ms, use: [linux, nosuch]'),
    });
    const result = await cli(folder, ['run']);
    expect(result).toMatchObject({ code: 4, stderr: expect.stringContaining('there is no probe "nosuch"') });
  });
});

describe('facts', () => {
  it('doctor, inspect, schema, completion and help', async () => {
    const folder = makeFolder({ 'm.onnx': unary('Relu', 'float32', ['batch', 4]) });
    const doctor = await cli(folder, ['doctor', '--json']);
    expect(doctor.code).toBe(0);
    expect(JSON.parse(doctor.stdout).backends.map((b: { id: string }) => b.id)).toEqual([
      'onnxruntime',
      'tensorrt',
      'synthetic',
    ]);
    expect((await cli(folder, ['doctor'], { env: { ORT_DYLIB_PATH: '/nosuch.so' } })).stdout).toContain(
      'ORT_DYLIB_PATH names /nosuch.so, which does not exist',
    );
    expect(JSON.parse((await cli(folder, ['inspect', 'm.onnx', '--json'])).stdout)).toMatchObject({
      operators: { Relu: 1 },
      symbols: ['batch'],
    });
    expect((await cli(folder, ['inspect', 'm.onnx'])).stdout).toContain('float32[batch,4]');
    expect(JSON.parse((await cli(folder, ['schema'])).stdout)).toEqual(
      JSON.parse(readFileSync('schema/pipeline.schema.json', 'utf8')),
    );
    for (const shell of ['bash', 'zsh', 'fish'])
      expect((await cli(folder, ['completion', shell])).stdout).toContain('inspect');
    expect((await cli(folder, ['--help'])).stdout).toContain('infersight init && infersight run');
    expect(await cli(folder, ['completion', 'bsh'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean "bash"?'),
    });
  });

  it('init writes a file that runs once its open sizes are right', async () => {
    const folder = makeFolder({
      'cam.onnx': unary('Relu', 'float32', ['batch', 3, 'h', 'w']),
      'imu.onnx': unary('Tanh', 'float32', [1, 6]),
    });
    expect((await cli(folder, ['init', 'cam.onnx', 'imu.onnx'])).code).toBe(0);
    const text = readText(folder, 'pipeline.yaml');
    expect(text).toContain('x: { shape: [1, 3, 224, 224] }');
    expect(text).toContain('CHECK the sizes the model leaves open');
    expect(await cli(folder, ['init', 'cam.onnx'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('exists already'),
    });
    writeFileSync(
      join(folder, 'pipeline.yaml'),
      text.replace(/duration: 60 s.*/, 'duration: 500 ms').replace('warmup: 3 s', 'warmup: 0 s'),
    );
    const result = await cli(folder, ['run']);
    expect([0, 6], result.stderr).toContain(result.code);
  });
});
