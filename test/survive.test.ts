/** What was measured outlives the process that measures it; one measurement at a time; stalls are told from slow models. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJobs, readReport } from '../src/index.js';
import { cli, MEASURED, makeFolder, readText } from './run-cli.js';

const pipeline = (scenario: string, tasks: string) => `version: 1
name: t
models:
  fast: { backend: synthetic, build: { service: 2 ms, work: sleep } }
  big: { backend: synthetic, build: { service: 70 ms, work: busy } }
scenarios:
  s: { warmup: 0 s, steady: off, ${scenario}, tasks: [ ${tasks} ] }
probes: { interval: 200 ms }
`;

/** PID of the executor of a run, once it is there. */
async function executorOf(parent: number): Promise<number> {
  for (let i = 0; i < 500; i++) {
    for (const entry of readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
        const above = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        if (above === parent && readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes('executor.js'))
          return Number(entry);
      } catch {
        // It has ended meanwhile.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('no executor');
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.runIf(process.platform === 'linux')('killed', () => {
  it('what was measured until then is reported, and --resume measures the rest', async () => {
    const folder = makeFolder({ 'pipeline.yaml': pipeline('duration: 12 s', '{ model: fast, rate: 50 Hz }') });
    const killed = await cli(folder, ['run', '--id', 'x'], {
      // The second line of progress comes at 5 s, when the first copy has been made.
      onStderr: (text, kill) => {
        if (/measure ([6-9]|1\d)\.\d s/.test(text)) kill('SIGKILL');
      },
    });
    expect(killed.code).toBe(null);
    const run = join(folder, 'runs/x');
    const reported = await cli(folder, ['report', run, '--quiet']);
    expect(MEASURED, reported.stderr).toContain(reported.code);
    const [part] = (await readReport(run)).scenarios;
    expect(part).toMatchObject({ interrupted: true });
    // At most 10 s of what had been measured may be lost, and 5 s of it were copied at least once.
    expect(part.tasks[0].released).toBeGreaterThan(100);
    const before = part.tasks[0].released;
    const resumed = await cli(folder, ['run', '--resume', run, '--quiet']);
    expect(MEASURED, resumed.stderr).toContain(resumed.code);
    const parts = (await readReport(run)).scenarios;
    expect(parts.map((s) => s.part)).toEqual([1, 2]);
    expect(parts[0].tasks[0].released).toBe(before);
    expect(Math.abs(parts[0].duration_s + parts[1].duration_s - 12)).toBeLessThan(0.1);
    // Jobs, samples and stalls are those of a whole recording.
    expect((await readJobs(join(run, 'recordings/s/1.1'))).length).toBeGreaterThan(100);
    expect(readText(run, 'recordings/s/1.1/system_profile.txt').split('\n').length).toBeGreaterThan(10);
    expect(existsSync(join(run, 'recordings/s/.1.part'))).toBe(false);
  });
});

describe.runIf(process.platform === 'linux')('stalls', () => {
  // On the real clock: a machine that is busy itself tells another story now and then.
  it('of the whole process are no contention, and no fault of a model', { retry: 2 }, async () => {
    const folder = makeFolder({
      'pipeline.yaml': pipeline(
        'duration: 4 s',
        '{ model: fast, rate: 50 Hz, overrun: latest }, { model: big, rate: 4 Hz }',
      ),
    });
    let stopped = false;
    const run = cli(folder, ['run', '--id', 'x', '--quiet'], {
      onSpawn: async (pid) => {
        const executor = await executorOf(pid);
        await wait(2000);
        process.kill(executor, 'SIGSTOP');
        await wait(300);
        process.kill(executor, 'SIGCONT');
        stopped = true;
      },
    });
    await run;
    expect(stopped).toBe(true);
    const [scenario] = (await readReport(join(folder, 'runs/x'))).scenarios;
    expect(scenario.valid).toBe(false);
    const halt = scenario.findings.find((f) => f.id === 'process_stopped');
    expect(halt?.evidence.worst_ms).toBeGreaterThan(250);
    const causes = scenario.tasks[0].miss_pattern?.causes ?? {};
    expect(causes.stopped).toBeGreaterThan(10);
    expect(scenario.findings.find((f) => f.id === 'misses' && f.evidence.task === 'fast')?.advice).toContain(
      'the model is not to blame',
    );
  });

  it('by other programs name them', { retry: 2 }, async () => {
    const folder = makeFolder({ 'pipeline.yaml': pipeline('duration: 3 s', '{ model: big, rate: 8 Hz }') });
    const hogs = Array.from({ length: 4 }, () => spawn(process.execPath, ['-e', 'for (;;);']));
    await cli(folder, ['run', '--id', 'x', '--quiet']);
    for (const hog of hogs) hog.kill('SIGKILL');
    const [scenario] = (await readReport(join(folder, 'runs/x'))).scenarios;
    const found = scenario.findings.find((f) => f.id === 'foreign_cpu_load');
    expect(found?.message).toMatch(/\d × node/);
    expect(scenario.others?.map((p) => p.pid)).toEqual(expect.arrayContaining(hogs.map((h) => h.pid)));
    expect(scenario.findings[0].id, JSON.stringify(scenario.findings, null, 1)).toMatch(
      /foreign_cpu_load|machine_stalled/,
    );
    // What the CPUs were busy with was not the task.
    expect(scenario.findings.map((f) => f.id)).not.toContain('overloaded_by_construction');
    expect(scenario.tasks[0].cpu?.waited).toBeGreaterThan(0.05);
    expect(scenario.others?.length).toBeGreaterThan(0);
  });
});

describe('the device', () => {
  it('is measured on by one run at a time; --force does not wait', async () => {
    const folder = makeFolder({ 'pipeline.yaml': pipeline('duration: 3 s', '{ model: fast, rate: 20 Hz }') });
    let begun: (() => void) | undefined;
    const measuring = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const first = cli(folder, ['run', '--id', 'first'], {
      onStderr: (text) => /^ {2}measure /m.test(text) && begun?.(),
    });
    await measuring;
    const [second, third] = await Promise.all([
      cli(folder, ['run', '--id', 'second']),
      cli(folder, ['run', '--id', 'third', '--force']),
    ]);
    await first;
    expect(second.stderr).toMatch(
      /waiting for the device: profile:s of run first by \S+ \(process \d+ on \S+\), since 20/,
    );
    expect(third.stderr).toContain('this device is in use: profile:s of run first');
    expect(MEASURED).toContain(second.code);
    const doctor = await cli(folder, ['doctor']);
    expect(doctor.stdout).toContain('nobody measures here');
  });
});

it('80 columns are enough', async () => {
  const folder = makeFolder({
    'pipeline.yaml': `${pipeline('duration: 2 s', '{ model: fast, rate: 50 Hz }, { model: big, rate: 20 Hz, overrun: skip }')}requirements:
  - { task: "*", metric: miss_ratio, max: 1 % }
  - { task: big, metric: response, quantile: p90, max: 50 ms }
`,
  });
  const { stdout } = await cli(folder, ['run', '--simulate', '--id', 'x'], { env: { COLUMNS: '80' } });
  const [, text] = /^([\s\S]*)\nreport: /.exec(stdout) ?? [];
  const lines = (text ?? '').split('\n');
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  // Words stay whole: put together again they are those of the unbroken text.
  const wide = await cli(folder, ['report', 'runs/x']);
  const words = (t: string) => t.split(/\s+/).filter((w) => /^[a-z]{4,}$/.test(w));
  const whole = new Set(words(wide.stdout));
  expect(words(text ?? '').filter((w) => !whole.has(w))).toEqual([]);
});
