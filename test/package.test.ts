/** The packed tarball, installed as a user installs it: command, demo, library and its types. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'infersight-package-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const env = { ...process.env, NO_COLOR: '1', XDG_CACHE_HOME: join(folder, '.cache'), ORT_DYLIB_PATH: '' };
const run = (program: string, parameters: string[], cwd: string) =>
  spawnSync(program, parameters, { cwd, env, encoding: 'utf8', timeout: 170_000 });

describe('the package', () => {
  const prefix = join(folder, 'global');
  const command = join(prefix, 'bin/infersight');

  beforeAll(() => {
    // What `prepack` does, but for the build: other tests run what lies in dist meanwhile.
    const vendored = run(process.execPath, ['scripts/vendor.mjs'], process.cwd());
    expect(vendored.status, vendored.stderr).toBe(0);
    const packed = run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], process.cwd());
    expect(packed.status, packed.stderr).toBe(0);
    const [tarball] = readdirSync(folder).filter((n) => n.endsWith('.tgz'));
    const installed = run(
      'npm',
      ['install', '--global', '--prefix', prefix, '--ignore-scripts', '--prefer-offline', join(folder, tarball)],
      folder,
    );
    expect(installed.status, installed.stderr).toBe(0);
  }, 180_000);

  it('finds its own ONNX Runtime and models: doctor, init and run in an empty folder', () => {
    // One file with the library in it, which it does not ask for again.
    for (const [file, name] of [
      ['charts/vega', 'vega'],
      ['base/zod', 'zod'],
      ['base/yaml', 'yaml'],
    ])
      expect(readFileSync(join(prefix, `lib/node_modules/infersight/dist/${file}.js`), 'utf8')).not.toMatch(
        new RegExp(`from ?["']${name}`),
      );
    const licences = readFileSync(join(prefix, 'lib/node_modules/infersight/dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['vega', 'zod', 'yaml', 'preact'])
      expect(licences).toMatch(new RegExp(`^${name} \\d.*\n\n[^]*?(Copyright|MIT License)`, 'm'));
    const empty = mkdtempSync(join(folder, 'empty-'));
    const doctor = run(command, ['doctor'], empty);
    expect(doctor.stdout).toContain('vendor/onnxruntime');
    expect(run(command, ['init'], empty).status).toBe(0);
    const pipeline = join(empty, 'pipeline.yaml');
    const text = spawnSync('cat', [pipeline], { encoding: 'utf8' }).stdout;
    writeFileSync(pipeline, text.replace('duration: 15 s', 'duration: 2 s').replace('warmup: 3 s', 'warmup: 0 s'));
    const result = run(command, ['run', '--quiet'], empty);
    expect([0, 5, 6], result.stderr).toContain(result.status);
    expect(readdirSync(join(empty, 'runs')).length).toBe(1);
  }, 60_000);

  it('is a library with types', () => {
    const user = mkdtempSync(join(folder, 'user-'));
    symlinkSync(join(prefix, 'lib/node_modules'), join(user, 'node_modules'));
    writeFileSync(join(user, 'package.json'), '{ "type": "module" }');
    writeFileSync(
      join(user, 'm.yaml'),
      'version: 1\nname: lib\nmodels:\n  m: { backend: synthetic, inputs: { x: { shape: [2] } }, build: { service: 1 ms } }\nscenarios:\n  s: { warmup: 0 s, duration: 200 ms, tasks: [ { model: m, rate: 100 Hz } ] }\n',
    );
    writeFileSync(
      join(user, 'use.ts'),
      `import { loadEngine, readJobs, readReport, runPipeline, type JobTable, type ProfileReport, ProblemError } from 'infersight';
const result = await runPipeline('m.yaml');
const engine = await loadEngine(\`\${result.folder}/engines/m\`);
const out = await engine.run({ x: Float32Array.of(3, 4) });
const report: ProfileReport = await readReport(result.folder);
const jobs: JobTable = await readJobs(\`\${result.folder}/recordings/s/1\`);
const wrong = await engine.run({ y: Float32Array.of(3, 4) }).catch((e: unknown) => (e instanceof ProblemError ? e.problems[0].message : 'a bug'));
console.log(JSON.stringify({ data: [...(out.x_out.data as Float32Array)], released: report.scenarios[0].tasks[0].released, jobs: jobs.length, wrong }));
engine.close();
`,
    );
    const tsc = run(
      process.execPath,
      [
        resolve('node_modules/typescript/bin/tsc'),
        '--module',
        'nodenext',
        '--target',
        'es2022',
        '--strict',
        '--skipLibCheck',
        'false',
        '--types',
        'node',
        '--typeRoots',
        resolve('node_modules/@types'),
        'use.ts',
      ],
      user,
    );
    expect(tsc.stdout).toBe('');
    const used = run(process.execPath, ['use.js'], user);
    expect(JSON.parse(used.stdout)).toEqual({
      data: [3, 4],
      released: 20,
      jobs: 20,
      wrong: 'the model has no input "y"',
    });
  }, 60_000);
});
