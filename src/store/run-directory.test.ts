import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { thisProcess } from '../machine/process.js';
import { RunDirectory } from './run-directory.js';
import { writeState } from './stage-states.js';

const runs = mkdtempSync(join(tmpdir(), 'infersight-runs-'));
afterAll(() => rmSync(runs, { recursive: true, force: true }));

const text = `version: 1
name: t
models:
  fast: { backend: synthetic, build: { service: 2 ms } }
scenarios:
  s: { tasks: [ { model: fast, rate: 10 Hz }, { model: fast, name: other, rate: 10 Hz, accelerator: gpu } ] }
`;

describe('a run directory', () => {
  it('is written once; states of its stages lie beside it, and none is lost', async () => {
    const run = await RunDirectory.create({ text, file: 'pipeline.yaml', runs, id: 'a' });
    const written = readFileSync(run.path('run.json'), 'utf8');
    const again = RunDirectory.open(run.folder);
    const process = thisProcess();
    await Promise.all(
      run.document.stages.map(({ id }) => writeState(again.folder, { id, state: 'done', process, start: 'now' })),
    );
    expect(run.progress().status).toBe('done');
    expect(run.progress().stages.map((s) => s.status)).toEqual(run.document.stages.map(() => 'done'));
    expect(readFileSync(run.path('run.json'), 'utf8')).toBe(written);
  });

  it('has an engine slot for each accelerator that a model is wanted for', async () => {
    const run = await RunDirectory.create({ text, file: 'pipeline.yaml', runs, id: 'b' });
    expect(run.slots.map((s) => s.id)).toEqual(['fast', 'fast@gpu']);
    expect(run.document.stages.map((s) => s.id)).toEqual([
      'prepare',
      'build:fast',
      'build:fast@gpu',
      'profile:s',
      'report',
    ]);
  });

  it('tells a run whose process is gone from one that runs', async () => {
    const run = await RunDirectory.create({ text, file: 'pipeline.yaml', runs, id: 'c' });
    expect(run.progress().status).toBe('waiting');
    await writeState(run.folder, { id: 'prepare', state: 'running', process: thisProcess() });
    expect(run.progress().status).toBe('running');
    await writeState(run.folder, { id: 'prepare', state: 'running', process: { ...thisProcess(), started: '1' } });
    expect(run.progress().status).toBe('lost');
  });

  it('reads a run of version 1', () => {
    const run = RunDirectory.open('test/fixtures/run-v1');
    expect(run.progress().status).toBe('done');
    expect(run.engines().map(({ slot }) => slot.id)).toEqual(['relu', 'relu@cpu', 'camera']);
    expect(run.recordings()).toMatchObject([{ scenario: 'street', repetition: 1 }]);
  });
});
