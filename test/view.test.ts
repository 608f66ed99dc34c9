/** infersight view: what the server answers, and its pages in a real browser. */
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunComparison } from '../src/formats/run/run-comparison.js';
import type { RunEntry } from '../src/formats/run/run-list.js';
import { thisProcess } from '../src/machine/process.js';
import { viewApp } from '../src/server/app.js';
import type { RunningView } from '../src/server/start.js';
import { axeInBothThemes } from './axe.js';
import { hasBrowser, launchBrowser } from './browser.js';
import { cli, MEASURED, makeFolder } from './run-cli.js';

const pipeline = (mean: number) => `version: 1
name: robot
models:
  camera: { backend: synthetic, build: { service: { normal: { mean: ${mean} ms, sigma: 2 ms } } } }
  lidar: { backend: synthetic, build: { service: { exponential: 9 ms } } }
scenarios:
  street:
    duration: 60 s
    tasks:
      - { model: camera, rate: 30 Hz, overrun: latest }
      - { model: lidar, rate: 20 Hz, overrun: skip }
requirements:
  - { task: camera, metric: response, quantile: p99, max: 20 ms }
`;
const live = `version: 1
name: robot
models:
  camera: { backend: synthetic, build: { service: 5 ms, work: sleep } }
probes: { interval: 200 ms }
scenarios:
  street: { warmup: 0 s, duration: 4 s, tasks: [ { model: camera, rate: 20 Hz } ] }
`;

const folder = makeFolder({
  'fast.yaml': pipeline(10),
  'slow.yaml': pipeline(25),
  'live.yaml': live,
  'secret.txt': 's',
});
const runs = join(folder, 'runs');
beforeAll(async () => {
  for (const name of ['fast', 'slow'])
    await cli(folder, ['run', `${name}.yaml`, '--simulate', '--id', name, '--quiet']);
  expect(readdirSync(runs)).toEqual(['fast', 'slow']);
});

describe('the server', () => {
  const app = viewApp({ runs, hosts: new Set(['localhost']) });
  const ask = (path: string, init: RequestInit = {}) =>
    app.request(`http://localhost${path}`, { ...init, headers: { host: 'localhost:8080', ...init.headers } });

  it('lists the runs, newest first, with verdict and tasks', async () => {
    const list = (await (await ask('/api/runs')).json()) as RunEntry[];
    expect(list.map((r) => [r.id, r.summary?.verdict])).toEqual([
      ['slow', 'fail'],
      ['fast', 'pass'],
    ]);
    expect(list[0].summary?.tasks.map((t) => t.task)).toEqual(['camera', 'lidar']);
  });

  it('answers to no other name, and to nothing but GET and HEAD', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', '', '192.168.0.7:8080'])
      expect((await ask('/', { headers: { host } })).status).toBe(403);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect((await ask('/api/runs', { method })).status).toBe(405);
    expect((await ask('/')).status).toBe(200);
  });

  it('gives files of runs and nothing beside them', async () => {
    symlinkSync(join(folder, 'secret.txt'), join(runs, 'fast', 'link.txt'));
    for (const path of [
      '/runs/fast/../../secret.txt',
      '/runs/fast/..%2f..%2fsecret.txt',
      '/runs/..%2fsecret.txt',
      '/runs/%2e%2e/secret.txt',
      '/runs/fast/link.txt',
      '/runs/fast/%00.txt',
      '/runs/fast/recordings',
      '/runs/none/report.html',
      '/api/events/none',
      '/api/events/..%2ffast',
    ])
      expect([path, (await ask(path)).status]).toEqual([path, 404]);
    expect(await (await ask('/runs/fast/profile_report.yaml')).text()).toContain('scenarios:');
  });

  it('opens no file to tell of it', async () => {
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    for (let i = 0; i < 20; i++) {
      const answer = await ask('/runs/fast/report.html', { method: 'HEAD' });
      expect([answer.status, await answer.text()]).toEqual([200, '']);
    }
    expect(open()).toBe(before);
  });

  it('keeps the pages of runs in a sandbox, without the rights of its own', async () => {
    const { headers } = await ask('/runs/fast/report.html');
    expect(headers.get('content-security-policy')).toMatch(/sandbox allow-scripts allow-downloads$/);
  });

  it('takes runs by any name that leads nowhere else, and of other hosts by their signs of life', async () => {
    const other = makeFolder({ 'notes.txt': '' });
    const beside = viewApp({ runs: other, hosts: new Set(['localhost']) });
    const get = (path: string) => beside.request(`http://localhost${path}`, { headers: { host: 'localhost' } });
    cpSync(join(runs, 'fast'), join(other, 'Übung 1'), { recursive: true });
    expect((await get('/runs/%C3%9Cbung%201/report.html')).status).toBe(200);
    const path = join(other, 'Übung 1', 'stages', 'report.json');
    const stage = JSON.parse(readFileSync(path, 'utf8'));
    const state = async () => ((await (await get('/api/runs')).json()) as RunEntry[])[0].state;
    const running = (process: object) => writeFileSync(path, JSON.stringify({ ...stage, state: 'running', process }));
    running({ ...stage.process, pid: 2 ** 22 + 1 });
    expect(await state()).toBe('lost');
    // A process of another machine cannot be asked: it touches its state now and then.
    running({ hostname: 'robot-7', pid: 1, boot_id: 'another' });
    expect(await state()).toBe('running');
    utimesSync(path, 0, 0);
    expect(await state()).toBe('lost');
    // The same in another container of this machine.
    running({ ...stage.process, pid_namespace: 'pid:[1]' });
    expect(await state()).toBe('running');
  });

  it('lets no page load anything from elsewhere', async () => {
    for (const path of ['/', '/runs/fast/report.html', '/view.js', '/api/runs']) {
      const { headers } = await ask(path);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
      expect(headers.get('content-security-policy')).not.toMatch(/https?:|\*/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('sends the events of a run, and ends with it', async () => {
    const text = await (await ask('/api/events/fast')).text();
    const kinds = text
      .split('\n')
      .filter((l) => l.startsWith('data: '))
      .map((l) => JSON.parse(l.slice(6)).kind);
    expect([kinds[0], kinds.at(-1)]).toEqual(['run-start', 'run-end']);
  });

  it('says so of a run without events, and of one whose process is gone', async () => {
    const other = makeFolder({ 'notes.txt': '' });
    const change = (name: string, process: object, events: (text: string) => string) => {
      const to = join(other, name);
      cpSync(join(runs, 'fast'), to, { recursive: true });
      const path = join(to, 'stages', 'orchestrator.json');
      const state = JSON.parse(readFileSync(path, 'utf8'));
      writeFileSync(path, JSON.stringify({ ...state, ...process }));
      if ('state' in process) rmSync(join(to, 'stages', 'report.json'));
      const log = join(to, 'events.ndjson');
      const text = events(readFileSync(log, 'utf8'));
      if (text === '') rmSync(log);
      else writeFileSync(log, text);
    };
    change('early', {}, () => '');
    change('killed', { state: 'running', process: { ...thisProcess(), started: '1' } }, (text) =>
      text.split('\n').slice(0, 2).join('\n').concat('\n'),
    );
    const beside = viewApp({ runs: other, hosts: new Set(['localhost']) });
    const last = async (run: string) => {
      const answer = await beside.request(`http://localhost/api/events/${run}`, { headers: { host: 'localhost' } });
      return JSON.parse((await answer.text()).trim().split('\n').at(-1)?.slice(6) ?? '');
    };
    expect(await last('early')).toEqual({ kind: 'run-end', state: 'done', logged: false });
    expect(await last('killed')).toEqual({ kind: 'run-end', state: 'lost', logged: true });
  });

  it('leaves out what is no run, shows a damaged one, and says which run a comparison cannot read', async () => {
    const other = makeFolder({ 'notes.txt': '' });
    cpSync(join(runs, 'fast'), join(other, 'whole'), { recursive: true });
    cpSync(join(runs, 'fast'), join(other, 'broken'), { recursive: true });
    writeFileSync(join(other, 'broken', 'run.json'), '{');
    const beside = viewApp({ runs: other, hosts: new Set(['localhost']) });
    const get = (path: string) => beside.request(`http://localhost${path}`, { headers: { host: 'localhost' } });
    const list = (await (await get('/api/runs')).json()) as RunEntry[];
    expect(list.map((r) => [r.id, r.state])).toEqual([
      ['broken', 'unreadable'],
      ['whole', 'done'],
    ]);
    const { runs: compared, problems } = (await (await get('/api/compare?run=whole&run=none')).json()) as RunComparison;
    expect(compared.map((r) => r.id)).toEqual(['whole']);
    expect(problems).toEqual([expect.stringMatching(/^none: .* is not a run directory/)]);
  });
});

describe('infersight compare', () => {
  it('tells what differs beyond chance and what else is different, and fails by rules', async () => {
    const same = await cli(folder, ['compare', 'runs/fast', 'runs/fast', '--fail-if', 'p99 > +1 %']);
    expect([same.code, same.stdout]).toEqual([0, expect.stringContaining('no difference shown')]);
    expect(same.stdout).toContain('device, versions, engines and pipeline are the same');
    const slower = await cli(folder, ['compare', 'runs/fast', 'runs/slow', '--fail-if', 'camera p50 > +10 %']);
    expect(slower.code).toBe(5);
    expect(slower.stdout).toMatch(/street\/camera +p50 +10.* ms +25.* ms +\+15.* ms \(\+.* ms \.\.\. \+.* ms\)/);
    expect(slower.stdout).toContain('models.camera.build.service.normal.mean: 10 ms -> 25 ms');
    expect(slower.stdout).toMatch(/broken +street\/camera: camera p50 > \+10 %/);
    const faster = await cli(folder, ['compare', 'runs/slow', 'runs/fast', '--fail-if', 'p50 > +10 %', '--json']);
    expect(faster.code).toBe(0);
    expect(JSON.parse(faster.stdout).runs[0].tasks[0].p50.difference.shown).toBe('less');
    expect((await cli(folder, ['compare', 'runs/fast', 'runs/slow', '--fail-if', 'p98 > 1'])).code).toBe(2);
  });

  it('knows baselines by name', async () => {
    expect((await cli(folder, ['baseline', 'set', 'release', 'runs/fast'])).code).toBe(0);
    const found = await cli(folder, ['compare', 'runs/slow', '--baseline', 'release', '--fail-if', 'p50 > +10 %']);
    expect([found.code, found.stdout]).toEqual([5, expect.stringContaining('slow against fast')]);
    const none = await cli(folder, ['compare', 'runs/slow', '--baseline', 'other']);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('there are release')]);
    rmSync(join(runs, '.baselines.json'));
  });
});

describe.skipIf(!hasBrowser)('the pages', () => {
  let browser: Browser;
  let server: RunningView;
  beforeAll(async () => {
    browser = await launchBrowser();
    // The built one, which has the pages beside it.
    const { startView } = await import(resolve('dist/server/start.js'));
    server = await startView(runs, 0);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function open(path: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1300, height: 850 } });
    const complaints: string[] = [];
    page.on('console', (m) => {
      if (m.type() === 'error' || m.type() === 'warning') complaints.push(m.text());
    });
    page.on('pageerror', (e) => complaints.push(e.message));
    await page.goto(`${server.url}${path}`);
    return { page, complaints };
  }

  it('filters the list, and lays two runs over each other', async () => {
    const { page, complaints } = await open('');
    await page.waitForSelector('table.runs tbody tr');
    await page.fill('input[type=search]', 'slow');
    expect(await page.locator('table.runs tbody tr').count()).toBe(1);
    await page.fill('input[type=search]', '');
    for (const box of await page.locator('table.runs input[type=checkbox]').all()) await box.check();
    await page.locator('.toolbar button').click();
    await page.waitForSelector('figure polyline');
    expect(await page.locator('.curves figure').first().locator('polyline').count()).toBe(2);
    // The older run is the base.
    const cells = async () =>
      await page.locator('.differences tr', { hasText: 'camera' }).locator('td').allTextContents();
    expect((await cells())[0]).toMatch(/^p50 10\.?\d* ms \[.*\]p99 .*missed 0 %/);
    expect((await cells())[1]).toMatch(/p50 25\.?\d* ms \[.*\] \+15\.?\d* ms \(\+.* ms … \+.* ms\)/);
    expect(await page.locator('.differences tr', { hasText: 'lidar' }).textContent()).toContain('no difference shown');
    await page.selectOption('select', 'slow');
    expect((await cells())[0]).toMatch(/p50 10\.?\d* ms \[.*\] −15\.?\d* ms/);
    expect(await page.locator('figure.compared svg').textContent()).toMatch(/camera.*fast.*camera.*slow/);
    const settings = await page.locator('.settings tbody tr').allTextContents();
    expect(settings).toEqual(['models.camera.build.service.normal.mean10 ms25 ms']);
    expect(complaints).toEqual([]);
  });

  it('sorts the list, and keeps filter and order in the address', async () => {
    const { page, complaints } = await open('');
    const order = async () => await page.locator('table.runs tbody th a').allTextContents();
    await page.waitForSelector('table.runs tbody tr');
    await page.getByRole('button', { name: 'verdict' }).click();
    expect(await order()).toEqual(['slow', 'fast']);
    await page.getByRole('button', { name: 'verdict' }).click();
    expect(await order()).toEqual(['fast', 'slow']);
    await page.selectOption('select', 'pass');
    expect(await order()).toEqual(['fast']);
    expect(await page.locator('.runs tbody tr').textContent()).toMatch(/✓ pass/);
    const { page: again } = await open(new URL(page.url()).hash);
    await again.waitForSelector('table.runs tbody tr');
    expect(await again.locator('table.runs tbody th a').allTextContents()).toEqual(['fast']);
    expect(await again.locator('select').inputValue()).toBe('pass');
    expect(complaints).toEqual([]);
  });

  it('shows the report of a run in its own theme, and its state in the address', async () => {
    const { page, complaints } = await open('#/run/slow');
    const report = page.frameLocator('iframe');
    await report.locator('body[data-loaded=true]').waitFor();
    expect(await report.locator('main').textContent()).toMatch(/Does not fit/);
    await page.getByRole('button', { name: /light and dark/ }).click();
    const theme = await page.locator('html').getAttribute('data-theme');
    await expect.poll(() => report.locator('html').getAttribute('data-theme')).toBe(theme);
    await report.getByRole('button', { name: 'Next miss' }).click();
    await expect.poll(() => new URL(page.url()).hash).toMatch(/^#\/run\/slow\?.*job=/);
    const { page: again } = await open(new URL(page.url()).hash);
    const drawer = again.frameLocator('iframe').locator('.drawer');
    await expect.poll(() => drawer.textContent()).toMatch(/camera|lidar/);
    expect(complaints).toEqual([]);
  });

  it('shows all runs of a pipeline after each other, and what changed when', async () => {
    const { page, complaints } = await open('');
    await page.locator('.trends a').click();
    const camera = page.locator('.trend-charts figure', { hasText: 'camera' });
    await camera.locator('svg').waitFor();
    expect(await camera.locator('a').count()).toBe(2);
    expect(await camera.locator('rect.tone-late').count()).toBe(0);
    await page.getByText('models.camera.build.service.normal.mean: 10 ms → 25 ms').waitFor();
    await page.getByRole('link', { name: 'compare →' }).click();
    await page.waitForSelector('.differences');
    expect(new URL(page.url()).hash).toBe('#/compare/fast,slow');
    await page.goBack();
    await camera.locator('svg').waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows a fleet: pipelines by devices, and who is slower since when', async () => {
    const other = join(folder, 'fleet');
    for (const [host, factor] of [
      ['orin-1', 1],
      ['orin-2', 1],
      ['orin-3', 1.5],
    ] as const) {
      const to = join(other, host);
      cpSync(join(runs, 'fast'), to, { recursive: true });
      const summary = JSON.parse(readFileSync(join(to, 'summary.json'), 'utf8'));
      for (const task of summary.tasks) task.p50_ms *= factor;
      writeFileSync(join(to, 'summary.json'), JSON.stringify({ ...summary, host }));
      const document = JSON.parse(readFileSync(join(to, 'run.json'), 'utf8'));
      writeFileSync(join(to, 'run.json'), JSON.stringify({ ...document, id: host, simulate: false }));
    }
    const { startView } = await import(resolve('dist/server/start.js'));
    const fleet: RunningView = await startView(other, 0);
    const page = await browser.newPage();
    await page.goto(fleet.url);
    await page.getByRole('link', { name: 'Fleet' }).click();
    await page.locator('.fleet td').first().waitFor();
    expect(await page.locator('.fleet td').allTextContents()).toEqual([
      expect.stringMatching(/pass.*room$/),
      expect.stringMatching(/pass.*room$/),
      expect.stringMatching(/1\.50 × its siblings$/),
    ]);
    expect(await page.locator('.finding').textContent()).toMatch(/^orin-3: street \/ \w+ of robot takes 1\.50 times/);
    await page.close();
    await fleet.close();
  });

  it('breaks no rule of axe, and has room on a phone and on a wall', async () => {
    for (const path of [
      '',
      '#/compare/fast,slow',
      '#/trend/robot',
      '#/fleet',
      '#/live/fast',
      '#/run/fast',
      '#/run/none',
    ]) {
      const { page } = await open(path);
      await page.waitForTimeout(300);
      expect([path, await axeInBothThemes(page)]).toEqual([path, []]);
      for (const width of [360, 3840]) {
        await page.setViewportSize({ width, height: 850 });
        await page.waitForTimeout(100);
        expect([path, width, await page.evaluate<number>('document.documentElement.scrollWidth')]).toEqual([
          path,
          width,
          width,
        ]);
      }
      await page.close();
    }
  });

  it('follows a run while it runs', async () => {
    const running = cli(folder, ['run', 'live.yaml', '--id', 'now', '--quiet']);
    const { page, complaints } = await open('');
    await page.locator('a', { hasText: 'now' }).click();
    await page.waitForSelector('.stages');
    const done = page.locator('tbody tr', { hasText: 'camera' }).locator('td').nth(3);
    await done.waitFor();
    const count = async () => Number(await done.textContent());
    const first = await count();
    await expect.poll(count, { timeout: 8000 }).toBeGreaterThan(first);
    expect(MEASURED).toContain((await running).code);
    await page.getByText('This run has ended.').waitFor();
    expect(await page.locator('.stages').textContent()).toContain('profile:street done');
    expect(complaints).toEqual([]);
  });
});
