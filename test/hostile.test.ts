/** Files of unknown origin end in an answer or in a Problem: no hang, no exception, nothing that steers the terminal. */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../src/base/problem.js';
import { readDocument } from '../src/formats/document.js';
import { decodeJobs, decodeSeries } from '../src/formats/recording/arrow.js';
import { viewApp } from '../src/server/app.js';
import { readRecording } from '../src/store/recording.js';
import { RunList } from '../src/store/run-list.js';
import { cli, makeFolder } from './run-cli.js';

const hostile = resolve('test/fixtures/hostile');
const messageOf = (call: () => unknown): string => {
  try {
    call();
    return 'read';
  } catch (error) {
    const [problem] = problemsOf(error) ?? [];
    if (!problem) throw error;
    return problem.message;
  }
};

describe('models', () => {
  const names = readdirSync(hostile).filter((f) => /^(op|input)-.*\.onnx$/.test(f));
  it.each(names)('%s: a name of JavaScript is a name like any other', async (name) => {
    const folder = makeFolder();
    const path = join(hostile, name);
    const [inspected, explored] = await Promise.all([cli(folder, ['inspect', path]), cli(folder, ['explore', path])]);
    expect(inspected, inspected.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(explored, explored.stderr).toMatchObject({ code: 0, stderr: '' });
  });

  it('no control character of a name reaches the terminal', async () => {
    const folder = makeFolder();
    for (const command of ['inspect', 'explore']) {
      const { stdout, stderr } = await cli(folder, [command, join(hostile, 'terminal-escape.onnx')]);
      expect(`${stdout}${stderr}`).not.toMatch(/(?!\n)\p{Cc}/u);
    }
  });
});

describe('documents', () => {
  it.each([-9007199254740992, -1e300, 0, 1.5, '1', null])('version %s is refused at once', (version) => {
    const text = JSON.stringify({ version });
    expect(messageOf(() => readDocument(text, 'run.json', 2, undefined as never))).toContain('run.json');
  });
});

describe('tables', () => {
  const jobs = readFileSync('test/fixtures/run-v1/recordings/street/1/jobs.arrow');
  it('lengths that no file could hold are refused before they are believed', () => {
    for (const [name, read] of [['jobs.arrow', decodeJobs] as const, ['series.arrow', decodeSeries] as const])
      expect(messageOf(() => read(readFileSync(join(hostile, name)), name))).toBe(`${name}: not a whole Arrow file`);
  });

  it('any change of bytes gives a table or a problem', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(jobs.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 }),
        (changes) => {
          const bytes = Uint8Array.from(jobs);
          for (const [at, value] of changes) bytes[at] = value;
          messageOf(() => decodeJobs(bytes, 'jobs.arrow'));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('jobs of another run are told apart', async () => {
    const folder = makeFolder({ 'pipeline.yaml': readFileSync('test/fixtures/numbers/over.yaml') });
    await cli(folder, ['run', '--simulate', '--quiet', '--id', 'x']);
    const recording = join(folder, 'runs/x/recordings', readdirSync(join(folder, 'runs/x/recordings'))[0], '1');
    const path = join(recording, 'recording.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"name": "m"', '"name": "other"'));
    const problems = await readRecording(recording).then(() => [], problemsOf);
    expect(problems?.[0].message).toContain('has jobs of m, and recording.json beside it was written for other');
  });
});

it('the server serves what belongs to a run, and nothing else', async () => {
  const folder = makeFolder();
  for (const name of ['runs/notarun', 'runs/.hidden', 'elsewhere']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'runs/notarun/private.txt'), 'x');
  cpSync('test/fixtures/run-v1', join(folder, 'elsewhere'), { recursive: true });
  cpSync('test/fixtures/run-v1/run.json', join(folder, 'runs/.hidden/run.json'));
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'runs/link'));
  const app = viewApp({ runs: join(folder, 'runs'), hosts: new Set(['localhost']) });
  for (const path of ['notarun/private.txt', 'link/run.json'])
    expect((await app.request(`http://localhost/runs/${path}`, { headers: { host: 'localhost' } })).status, path).toBe(
      404,
    );
  expect(new RunList(join(folder, 'runs')).list().map((r) => r.id)).toEqual([]);
});
