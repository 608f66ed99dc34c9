/** Run directories: they stand alone, their stages do not lose each other's state, those of earlier versions are read. */
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readReport } from '../src/index.js';
import { RunDirectory } from '../src/store/run-directory.js';
import { RunList } from '../src/store/run-list.js';
import { unary } from './onnx-writer.js';
import { cli, MEASURED, makeFolder, readText } from './run-cli.js';

const relu = `version: 1
name: alone
models:
  relu: { file: models/relu.onnx, inputs: { x: { shape: [1, 4], data: { file: data/x.bin } } } }
  mine: { backend: ./mine/backend.js, inputs: { x: { shape: [1] } } }
scenarios:
  s: { warmup: 0 s, duration: 300 ms, tasks: [ { model: relu, rate: 100 Hz }, { model: mine, rate: 50 Hz } ] }
`;
/** A backend of a user's own, of two files, that imports a package. */
const backend = `import { VERSION } from './lib/version.js';
import 'a-package';
import { mkdirSync, writeFileSync } from 'node:fs';
const session = { inputs: [{ name: 'x', dtype: 'float32', shape: [1] }], outputs: [], provider: 'mine', bind() {}, infer() {}, results: () => ({}), close() {} };
const target = { os: 'linux', arch: 'any' };
export default {
  id: 'mine',
  probe: async () => ({ id: 'mine', version: VERSION, accelerators: [] }),
  identify: async () => ({ key: 'key-' + VERSION, target, binding: [] }),
  async build(model, { into }) {
    const engine = { version: 1, schema: 'infersight/engine', key: 'key-' + VERSION, model: { name: model.spec.name, sha256: '', bytes: 0, opset: {}, producer: VERSION }, target, binding: [],
      build: { backend: 'mine', accelerator: 'cpu', precision: 'as_is', shapes: {}, options: {} }, io: { inputs: [], outputs: [] }, files: [], build_s: 0, warnings: [] };
    mkdirSync(into, { recursive: true });
    writeFileSync(into + '/engine.json', JSON.stringify(engine));
    return engine;
  },
  open: async () => session,
};
`;

function project(): string {
  const folder = makeFolder({ 'pipeline.yaml': relu, 'package.json': '{"type":"module"}' });
  for (const name of ['models', 'data', 'mine/lib', 'node_modules/a-package'])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'models/relu.onnx'), unary('Relu', 'float32', ['batch', 'n']));
  writeFileSync(join(folder, 'data/x.bin'), new Uint8Array(new Float32Array([1, -1, 2, -2]).buffer));
  writeFileSync(join(folder, 'mine/backend.js'), backend);
  writeFileSync(join(folder, 'mine/lib/version.js'), "export const VERSION = '1';\n");
  writeFileSync(join(folder, 'node_modules/a-package/index.js'), '');
  return folder;
}
const stage = (folder: string, id: string, ...more: string[]) =>
  cli(folder, ['stage', id, '--run', 'runs/x', '--quiet', ...more]);

describe('a run that stands alone', () => {
  it('is made by prepare, and goes on after its sources are deleted and it was moved', async () => {
    const folder = project();
    const made = await stage(folder, 'prepare', '--pipeline', 'pipeline.yaml');
    expect(made, made.stderr).toMatchObject({ code: 0 });
    const plan = RunDirectory.open(join(folder, 'runs/x')).document.stages.map((s) => s.id);
    const written = readText(folder, 'runs/x/run.json');
    const elsewhere = makeFolder();
    renameSync(join(folder, 'runs'), join(elsewhere, 'runs'));
    for (const name of ['models', 'data', 'mine', 'pipeline.yaml']) rmSync(join(folder, name), { recursive: true });
    for (const id of plan.filter((p) => p !== 'prepare')) {
      const done = await stage(elsewhere, id);
      expect(MEASURED, `${id}: ${done.stderr}`).toContain(done.code);
    }
    const report = await readReport(join(elsewhere, 'runs/x'));
    expect(report.scenarios[0].tasks.map((t) => t.completed)).toEqual([30, 15]);
    expect(readText(elsewhere, 'runs/x/run.json')).toBe(written);
    expect(RunDirectory.open(join(elsewhere, 'runs/x')).progress().status).toBe('done');
  });

  it('shares its files with other runs, whatever happens to the original', async () => {
    const folder = project();
    for (const run of ['a', 'b']) {
      const made = await cli(folder, [
        'stage',
        'prepare',
        '--run',
        `runs/${run}`,
        '--pipeline',
        'pipeline.yaml',
        '--quiet',
      ]);
      expect(made, made.stderr).toMatchObject({ code: 0 });
    }
    const staged = (run: string) => join(folder, 'runs', run, 'models/relu/model.onnx');
    const before = readFileSync(staged('a'));
    // A clone has an inode of its own, and takes no space either.
    if (statSync(staged('a')).nlink > 1) expect(statSync(staged('a')).ino).toBe(statSync(staged('b')).ino);
    writeFileSync(join(folder, 'models/relu.onnx'), 'changed in place');
    expect(readFileSync(staged('a'))).toEqual(before);
    const shown = JSON.parse((await cli(folder, ['prune', '--keep', '1', '--json'])).stdout);
    expect(shown).toMatchObject({ runs: 2, deleted: 0, chosen: [{ id: 'a' }] });
    await cli(folder, ['prune', '--keep', '0', '--yes']);
    expect(readdirSync(join(folder, 'runs'))).toEqual([]);
    expect(readdirSync(join(folder, '.cache/infersight/engines/files'))).toEqual([]);
  });

  it('says so when a staged model was changed', async () => {
    const folder = project();
    await stage(folder, 'prepare', '--pipeline', 'pipeline.yaml');
    const model = join(folder, 'runs/x/models/relu/model.onnx');
    rmSync(model);
    writeFileSync(model, unary('Neg', 'float32', ['batch', 'n']));
    const built = await stage(folder, 'build:relu');
    expect(built).toMatchObject({ code: 3, stderr: expect.stringContaining('was changed after it was checked') });
  });

  it('leaves nothing behind for a mistake in the file, or in what it names', async () => {
    const folder = project();
    const wrong = {
      'a model that is not there': relu.replace('relu.onnx', 'absent.onnx'),
      'a backend that is not there': relu.replace('./mine/backend.js', './mine/absent.js'),
      'data of the wrong size': relu.replace('[1, 4]', '[1, 5]'),
      'an unknown key': relu.replace('rate:', 'rates:'),
    };
    for (const [what, text] of Object.entries(wrong)) {
      writeFileSync(join(folder, 'pipeline.yaml'), text);
      expect((await cli(folder, ['run'])).code, what).toBe(2);
      expect((await stage(folder, 'prepare', '--pipeline', 'pipeline.yaml')).code, what).toBe(2);
      expect(existsSync(join(folder, 'runs')), what).toBe(false);
    }
  });
});

describe('going on with a run', () => {
  it('builds and measures again what depends on a library that was upgraded', async () => {
    const folder = project();
    const first = await cli(folder, ['run', '--id', 'x', '--quiet']);
    expect(MEASURED, first.stderr).toContain(first.code);
    const same = await cli(folder, ['run', '--resume', 'runs/x']);
    expect(same.stderr).not.toMatch(/build:|profile:/);
    const staged = join(folder, 'runs/x/models/mine/backend/files/lib/version.js');
    rmSync(staged);
    writeFileSync(staged, "export const VERSION = '2';\n");
    const again = await cli(folder, ['run', '--resume', 'runs/x']);
    expect(MEASURED, again.stderr).toContain(again.code);
    expect(again.stderr).toMatch(/build:mine/);
    expect(again.stderr).not.toMatch(/build:relu/);
    expect(again.stderr).toMatch(/profile:s/);
    expect(JSON.parse(readText(folder, 'runs/x/engines/mine/engine.json')).key).toBe('key-2');
  });
});

describe('stages at the same time', () => {
  const names = Array.from({ length: 8 }, (_, i) => `s${i}`);
  const many = `version: 1
name: many
models:
  a: { backend: synthetic, build: { service: 1 ms } }
scenarios:
${names.map((n) => `  ${n}: { warmup: 0 s, duration: 2 s, tasks: [ { model: a, rate: 10 Hz } ] }`).join('\n')}
`;
  const start = (folder: string, id: string) =>
    spawn(process.execPath, [resolve('dist/cli/main.js'), 'stage', id, '--run', 'runs/x', '--quiet'], {
      cwd: folder,
      stdio: 'ignore',
    });

  it('lose nothing of each other, also when some are killed', async () => {
    const folder = makeFolder({ 'pipeline.yaml': many });
    await stage(folder, 'prepare', '--pipeline', 'pipeline.yaml', '--simulate');
    for (let round = 0; round < 2; round++) {
      rmSync(join(folder, 'runs/x/stages'), { recursive: true });
      await stage(folder, 'prepare');
      const children = names.map((n) => start(folder, `profile:${n}`));
      const ends = children.map((child) => new Promise<number | null>((done) => child.on('close', done)));
      setTimeout(
        () => {
          children[2].kill('SIGKILL');
          children[5].kill('SIGKILL');
        },
        150 + 150 * round,
      );
      const codes = await Promise.all(ends);
      const { stages, status } = RunDirectory.open(join(folder, 'runs/x')).progress();
      names.forEach((n, i) => {
        const found = stages.find((s) => s.stage.id === `profile:${n}`)?.status;
        if (codes[i] === 0) expect(found, n).toBe('done');
        else expect(['waiting', 'lost', 'done'], n).toContain(found);
      });
      expect(status).not.toBe('running');
    }
  });

  it('refuse to be the same stage', async () => {
    const folder = makeFolder({
      'pipeline.yaml': many
        .replace('duration: 2 s', 'duration: 4 s')
        .replace('service: 1 ms', 'service: 1 ms, work: sleep'),
    });
    await cli(folder, ['stage', 'prepare', '--run', 'runs/x', '--pipeline', 'pipeline.yaml', '--quiet']);
    await stage(folder, 'build:a');
    const first = start(folder, 'profile:s0');
    const path = join(folder, 'runs/x/stages/profile.s0.json');
    while (!existsSync(path)) await new Promise((done) => setTimeout(done, 20));
    const second = await stage(folder, 'profile:s0');
    expect(second).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/profile:s0 is running already, since .* \(process \d+ on /),
    });
    first.kill('SIGINT');
    await new Promise((done) => first.on('close', done));
  });
});

describe('a run of an earlier version', () => {
  it('is reported, viewed and explored', async () => {
    const folder = makeFolder();
    cpSync('test/fixtures/run-v1', join(folder, 'runs/old'), { recursive: true });
    const [entry] = new RunList(join(folder, 'runs')).list();
    expect(entry).toMatchObject({ id: 'old', state: 'done', pipeline: 'old', summary: { verdict: 'pass' } });
    const report = await cli(folder, ['report', 'runs/old']);
    expect(report, report.stderr).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, 'runs/old/report.html'))).toBe(true);
    expect((await readReport(join(folder, 'runs/old'))).engines.map((e) => e.backend)).toEqual([
      'onnxruntime',
      'onnxruntime',
      'synthetic',
    ]);
    const explored = await cli(folder, ['explore', 'runs/old/engines/relu.cpu', '--json']);
    expect(JSON.parse(explored.stdout)).toMatchObject({ summary: { layers: 1 } });
    const resumed = await cli(folder, ['stage', 'profile:street', '--run', 'runs/old']);
    expect(resumed).toMatchObject({ code: 2, stderr: expect.stringContaining('was made by an earlier version') });
    const times = await cli(folder, [
      'run',
      'runs/old/pipeline.yaml',
      '--simulate',
      '--service-from',
      'runs/old',
      '--quiet',
    ]);
    expect(times, times.stderr).toMatchObject({ code: 0 });
  });
});
