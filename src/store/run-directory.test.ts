import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { RunDirectory } from './run-directory.js';

const runs = mkdtempSync(join(tmpdir(), 'infersight-run-directory-'));
afterAll(() => rmSync(runs, { recursive: true, force: true }));

it('keeps what another process has written to run.json meanwhile', async () => {
  const text = `version: 1
name: t
models: { m: { backend: synthetic, build: { service: 1 ms } } }
scenarios: { s: { duration: 1 s, tasks: [ { model: m, rate: 1 Hz } ] } }
`;
  const one = await RunDirectory.create({ text, file: 'pipeline.yaml', runs, id: 'a', simulate: true });
  const other = RunDirectory.open(one.folder);
  await one.updateStage('profile:s', { state: 'done' });
  await one.update({ state: 'done' });
  await other.updateStage('report', { state: 'done' });
  const now = RunDirectory.open(one.folder).document;
  expect(now.state).toBe('done');
  expect(now.stages.map((s) => [s.id, s.state])).toEqual([
    ['prepare', 'waiting'],
    ['profile:s', 'done'],
    ['report', 'done'],
  ]);
});
