/** Sweeps through the command line: measured points are kept, pictures are drawn. */
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
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

it('measures in power modes of a Jetson, one after another, and sets the one before again', async () => {
  const root = makeFolder({
    't.yaml': text,
    mode: '1\n',
    'nvpmodel.conf':
      '< POWER_MODEL ID=0 NAME=MAXN >\nCPU_ONLINE CORE_0 1\n< POWER_MODEL ID=1 NAME=15W >\n< POWER_MODEL ID=2 NAME=7W >\n',
    sudo: '#!/bin/sh\nshift; exec "$@"\n',
    // As it answers on a board; mode 2 asks for a restart.
    nvpmodel: `#!/bin/sh
cd "$(dirname "$0")"
if [ "$1" = -q ]; then echo "NV Power Mode: $(sed -n "s/.*ID=$(cat mode) NAME=\\([^ ]*\\).*/\\1/p" nvpmodel.conf)"; cat mode; exit 0; fi
echo "$2" >> asked
if [ "$2" = 2 ]; then echo "NVPM WARN: Reboot required for changing to this power mode: 2"; echo "NVPM WARN: DO YOU WANT TO REBOOT NOW? enter YES/yes to confirm:"; read answer; exit 0; fi
echo "$2" > mode
`,
  });
  for (const program of ['sudo', 'nvpmodel']) chmodSync(join(root, program), 0o755);
  const env = { PATH: `${root}:${process.env.PATH}`, NVPMODEL_CONF: join(root, 'nvpmodel.conf') };
  const sweep = (modes: string, ...more: string[]) =>
    cli(root, ['sweep', 't.yaml', '--set', `nvpmodel=${modes}`, '--id', 'x', ...more], { env });
  expect(await sweep('MAXN')).toMatchObject({ code: 2, stderr: expect.stringMatching(/no simulation knows/) });
  const wrong = await sweep('MAXN,30W', '--measure');
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringMatching(/no power mode "30W"[\s\S]*MAXN \(0\), 15W \(1\), 7W \(2\)/),
  ]);
  expect(existsSync(join(root, 'asked'))).toBe(false);
  const found = await sweep('MAXN,15W', '--measure', '--json');
  expect(found.code, found.stderr).toBe(0);
  const report = (name: string) => readFileSync(join(root, 'runs', name, 'profile_report.yaml'), 'utf8');
  expect(
    readdirSync(join(root, 'runs'))
      .map((name) => /power_mode: (\S+)/.exec(report(name))?.[1])
      .sort(),
  ).toEqual(['15W', 'MAXN']);
  expect(readFileSync(join(root, 'asked'), 'utf8')).toBe('0\n1\n');
  const restart = await sweep('0,7W', '--measure');
  expect(restart.stderr).toMatch(/did not become 7W \(2\), it is 15W \(1\)[\s\S]*needs a restart of the board/);
  expect(readFileSync(join(root, 'mode'), 'utf8')).toBe('1\n');
}, 60_000);
