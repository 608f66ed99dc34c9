/** Sweeps through the command line: measured points are kept, pictures are drawn. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cli, makeFolder } from './run-cli.js';

const text = `version: 1
name: t
models:
  camera: { backend: synthetic, build: { service: 20 ms, work: sleep } }
scenarios:
  street: { warmup: 0 s, duration: 1 s, steady: off, tasks: [ { model: camera, rate: 10 Hz } ] }
`;

it('measures each point once, and goes on with those that are left', async () => {
  const root = makeFolder({ 't.yaml': text });
  const sweep = (values: string) =>
    cli(root, ['sweep', 't.yaml', '--set', `camera.rate=${values}`, '--measure', '--json']);
  const first = JSON.parse((await sweep('20 Hz')).stdout);
  const begun = readdirSync(join(root, 'runs'));
  expect([first.points.length, begun.length]).toEqual([1, 1]);
  const created = readFileSync(join(root, 'runs', begun[0], 'run.json'), 'utf8');
  const both = JSON.parse((await sweep('20, 80 Hz')).stdout);
  expect(both.points.map((p: { values: string[] }) => p.values)).toEqual([['20 Hz'], ['80 Hz']]);
  // 20 ms do not fit into 12.5 ms, whatever the machine does.
  expect(both.points[1].holds).toBe(false);
  expect(readdirSync(join(root, 'runs'))).toHaveLength(2);
  expect(readFileSync(join(root, 'runs', begun[0], 'run.json'), 'utf8')).toBe(created);
}, 60_000);

it('draws lines over one value and a map of two, and refuses another kind of file before anything runs', async () => {
  const root = makeFolder({ 't.yaml': text });
  const sweep = (picture: string, ...more: string[]) =>
    cli(root, ['sweep', 't.yaml', '--set', 'camera.rate=10..60 Hz', '--steps', '3', ...more, '--picture', picture]);
  expect((await sweep('a.svg')).code).toBe(0);
  const lines = readFileSync(join(root, 'a.svg'), 'utf8');
  for (const words of ['camera.rate (Hz)', 'p99 / deadline', 'Missed (%)']) expect(lines).toContain(words);
  expect((await sweep('b.svg', '--set', 'camera.overrun=queue,skip')).code).toBe(0);
  expect(readFileSync(join(root, 'b.svg'), 'utf8')).toContain('camera.overrun');
  expect((await sweep('c.html')).code).toBe(0);
  const page = readFileSync(join(root, 'c.html'), 'utf8');
  expect(page).toMatch(/<p class="answer">Holds up to [\d.]+ Hz, no more at [\d.]+ Hz\.<\/p>/);
  expect(page.match(/<tr class="(holds|fails)">/g)).toEqual([
    '<tr class="holds">',
    '<tr class="holds">',
    '<tr class="fails">',
  ]);
  expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  const wrong = await sweep('c.gif', '--measure');
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/none of \.png, \.svg and \.html/)]);
  expect(await sweep('none/c.png', '--measure')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/folder does not exist/),
  });
  expect(existsSync(join(root, 'runs'))).toBe(false);
}, 60_000);
