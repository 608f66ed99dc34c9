/** `calibrate` and `advise` through the command line, on a virtual clock: what is advised must hold when it is run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { advise } from '../dist/pipeline/advice/advise.js';
import { outcomeOf } from '../dist/pipeline/advice/outcome.js';
import { RunDirectory } from '../dist/store/run-directory.js';
import { withValues } from '../src/formats/pipeline/with-values.js';
import type { Calibration } from '../src/formats/recording/calibration.js';
import type { ScenarioAdvice } from '../src/formats/report/advice.js';
import { cli, makeFolder } from './run-cli.js';

// 20 and 10 ms on one GPU, which costs each the other: 30 Hz of both are 90 % of it, 40 Hz of the camera more than there is.
const text = `version: 1
name: robot
models:
  camera: { backend: synthetic, build: { service: { normal: { mean: 20 ms, sigma: 0.5 ms } }, engine: "gpu:0", contention: 1 } }
  lidar: { backend: synthetic, build: { service: 10 ms, engine: "gpu:0", contention: 1 } }
scenarios:
  street:
    warmup: 1 s
    duration: 40 s
    tasks:
      - model: camera
        period: 25 ms      # 40 Hz
        overrun: queue     # every one counts
      - { model: lidar, rate: 25 Hz }
requirements:
  - { task: '*', metric: miss_ratio, max: 5 % }
`;

const root = makeFolder({ 'robot.yaml': text });
const file = join(root, 'robot.yaml');
const run = join(root, 'runs/friday');
const read = <T>(name: string): T => JSON.parse(readFileSync(join(run, name), 'utf8'));
const written = (): ScenarioAdvice => read<{ scenarios: ScenarioAdvice[] }>('advice.json').scenarios[0];
const advice = async (...more: string[]): Promise<ScenarioAdvice> => {
  const { stdout } = await cli(root, ['advise', run, '--json', ...more]);
  return JSON.parse(stdout)[0];
};

describe('advice', () => {
  beforeAll(async () => {
    const made = await cli(root, ['calibrate', file, '--simulate', '--id', 'friday', '--quiet']);
    expect(made.code).toBe(5);
  }, 60_000);

  it('rests on each task alone and on the pair', () => {
    const { scenarios, checks } = read<Calibration>('calibration.json');
    const [{ tasks, pairs }] = scenarios;
    expect(tasks.map((t) => [t.name, t.engine, Math.round((t.back_to_back_ns ?? 0) / 1e6)])).toEqual([
      ['camera', 'gpu:0', 20],
      ['lidar', 'gpu:0', 10],
    ]);
    for (const pair of pairs) expect(pair.factor).toBeCloseTo(2, 1);
    expect(checks.map((c) => c.task)).toEqual(['camera', 'lidar']);
  });

  it('says what does not fit, what stands in the way, and how far predictions were off', () => {
    const { holds, bottleneck, headroom, accuracy, without } = written();
    expect(holds).toBe(false);
    expect(bottleneck.engine).toBe('gpu:0');
    expect(bottleneck.share).toBeCloseTo(1.05, 1);
    expect(headroom.map((h) => h.bound_ms)).toEqual([undefined, undefined]);
    expect(headroom[0].bound_note).toMatch(/more time than there is/);
    expect(without).toEqual(['camera', 'lidar']);
    expect(accuracy.runs).toBe(1);
  });

  it('the first change holds when it is run, the file keeps its comments, and the check counts', async () => {
    const fits = join(root, 'fits.yaml');
    const { changes, accuracy } = written();
    const { code, stdout } = await cli(root, ['advise', run, '--apply', fits, '--confirm', '1', '--quiet']);
    expect([code, stdout]).toEqual([5, expect.stringMatching(/measured: Fits/)]);
    const changed = readFileSync(fits, 'utf8');
    expect(changed).toMatch(/(period|rate): .* # 40 Hz/);
    expect(changed).toMatch(/overrun: \w+ # every one counts/);
    expect(changes[0].set.every((s) => /^(camera|lidar)\./.test(s))).toBe(true);
    expect((await cli(root, ['run', fits, '--simulate', '--quiet'])).code).toBe(0);
    expect(read<Calibration>('confirmed.json').checks.map((c) => c.task)).toEqual(['camera', 'lidar']);
    expect((await advice()).accuracy.checks).toBeGreaterThan(accuracy.checks);
  }, 60_000);

  it('the highest rate holds and a tenth more does not; a bound is no shorter than any job', () => {
    const directory = RunDirectory.open(run);
    const text = withValues(directory.pipelineText, [['camera.rate', '15 Hz']]);
    const [{ report, situation }] = advise(directory, text);
    expect(report.holds).toBe(true);
    const [camera] = report.headroom;
    const holds = (rate: number): boolean => outcomeOf(situation, [['camera.rate', `${rate} Hz`]]).holds;
    expect(holds(camera.highest_rate_hz ?? 0)).toBe(true);
    expect(holds(1.1 * (camera.highest_rate_hz ?? 0))).toBe(false);
    expect(camera.safe_rate_hz ?? 0).toBeLessThanOrEqual(camera.highest_rate_hz ?? 0);
    expect(camera.bound_ms ?? 0).toBeGreaterThanOrEqual(Number(camera.p99_ms));
  });

  it('considers another accelerator that was calibrated beside', async () => {
    const on = ['--set', 'camera.accelerator=dla:0', '--set', 'models.camera.build.engine=dla:0'];
    await cli(root, ['calibrate', file, '--simulate', '--id', 'dla', '--quiet', ...on, '--set', 'camera.rate=10 Hz']);
    const moved = (await advice()).changes.find((c) => c.steps.some((s) => s.text === 'camera: on dla:0'));
    expect(moved?.set).toContain('camera.accelerator=dla:0');
    expect(moved?.steps[0].assumed).toMatch(/another run/);
  }, 60_000);

  it('ends with 0 where it fits, and with 6 where it does not with the margin', async () => {
    const { code, stdout } = await cli(root, ['advise', run, '--set', 'camera.rate=4 Hz', '--set', 'lidar.rate=4 Hz']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^street: fits, as predicted/)]);
    const [camera] = (await advice('--set', 'camera.rate=15 Hz')).headroom;
    const just = await cli(root, ['advise', run, '--set', `camera.rate=${camera.highest_rate_hz} Hz`]);
    expect([just.code, just.stdout]).toEqual([6, expect.stringMatching(/^street: just fits, as predicted/)]);
  }, 60_000);

  it('refuses what was not calibrated', async () => {
    const { code, stderr } = await cli(root, ['advise', run, '--set', 'camera.rate=fast']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/fast/)]);
    const directory = RunDirectory.open(run);
    const threads = withValues(directory.pipelineText, [['camera.accelerator', 'dla:1']]);
    expect(() => advise(directory, threads)).toThrow(/was calibrated on gpu:0, not on dla:1/);
    await cli(root, ['run', file, '--simulate', '--id', 'plain', '--quiet']);
    const plain = await cli(root, ['advise', join(root, 'runs/plain')]);
    expect(plain.stderr).toMatch(/has no calibration\.json[\s\S]*infersight calibrate/);
  }, 60_000);
});

it('names the CPU that tasks are held to, when that is the one that is full', async () => {
  const held = text
    .replaceAll('engine: "gpu:0", contention: 1', 'engine: cpu')
    .replace('overrun: queue ', 'cpus: [0] ')
    .replace('rate: 25 Hz }', 'rate: 25 Hz, cpus: [0] }');
  const folder = makeFolder({ 'held.yaml': held });
  await cli(folder, ['calibrate', 'held.yaml', '--simulate', '--id', 'held', '--quiet']);
  const { stdout } = await cli(folder, ['advise', 'runs/held']);
  expect(stdout).toMatch(
    /does not fit, as predicted. CPU 0 is asked for 10[45] % of its time; the tasks also ask for 1\.[01] of \d+ CPUs\./,
  );
}, 60_000);
