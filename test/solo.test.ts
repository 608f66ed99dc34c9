/** infersight run --solo: each task alone beside all of them together. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readProfileReport } from '../src/formats/report/report.js';
import { cli, makeFolder, readText } from './run-cli.js';

const pipeline = `version: 1
name: robot
models:
  camera: { backend: synthetic, build: { service: 10 ms, engine: gpu, contention: 1 } }
  lidar: { backend: synthetic, build: { service: 10 ms, engine: gpu, contention: 1 } }
scenarios:
  street:
    warmup: 0 s
    duration: 20 s
    repetitions: 2
    tasks:
      - { model: camera, rate: 20 Hz }
      - { model: lidar, rate: 20 Hz, deadline: 15 ms }
  still: { warmup: 0 s, duration: 5 s, tasks: [ { model: camera, rate: 20 Hz } ] }
requirements:
  - { task: '*', metric: miss_ratio, max: 2 % }
`;
const folder = makeFolder({ 'pipeline.yaml': pipeline });

describe('run --solo', () => {
  it('tells what the tasks do to each other', async () => {
    const result = await cli(folder, ['run', '--simulate', '--solo', '--id', 'a']);
    expect(result.code, result.stderr).toBe(5);
    const run = join(folder, 'runs/a');
    const report = readProfileReport(readText(run, 'profile_report.yaml'), 'profile_report.yaml');
    expect(report.scenarios.map((s) => [s.name, s.repetition])).toEqual([
      ['street', 1],
      ['street', 2],
      ['still', undefined],
    ]);
    // Both are released at the same instant; the one that starts second finds the other running.
    expect(report.interference).toMatchObject([
      { scenario: 'street', task: 'camera', factor: { p50: 1, p99: 1 }, alone_miss_ratio: 0, together_miss_ratio: 0 },
      {
        scenario: 'street',
        task: 'lidar',
        factor: { p50: 2, p99: 2 },
        alone_ms: { n: 800, p50: 10 },
        together_ms: { n: 800, p50: 20 },
        alone_miss_ratio: 0,
        together_miss_ratio: 1,
      },
    ]);
    const found = report.scenarios.map((s) => s.findings.filter((f) => f.id === 'interference'));
    expect(found.map((list) => list.map((f) => f.message))).toEqual([
      [],
      ['lidar misses 100 % of its jobs beside the other tasks and 0 % alone; a job takes 2 times as long (p50)'],
      [],
    ]);
    expect(report.scenarios[1].findings[0].advice).toContain('see the finding on interference');
    // A requirement without a scenario is about those of the file.
    expect(report.requirements.map((r) => r.text.split(' ')[0])).toEqual([
      'street/camera',
      'street/lidar',
      'still/camera',
    ]);
    expect(result.stdout).toMatch(/street\/lidar +10\.00 +20\.00 +2\.00 x/);
    const markdown = await cli(folder, ['report', 'runs/a', '--format', 'markdown']);
    expect(markdown.stdout).toContain('| street / lidar | 10.00 | 20.00 | 2.00 × | 2.00 × | 0.00 % | 100.00 % |');
    expect(existsSync(join(run, 'recordings/street@lidar/2/jobs.arrow'))).toBe(true);
  });
  it('lists its stages beforehand', async () => {
    const { stdout } = await cli(folder, ['run', '--simulate', '--solo', '--plan']);
    expect(stdout).toContain('profile:street@lidar  after prepare');
    expect(stdout).not.toContain('still@');
  });
  it.each([
    [['--simulate', '--service-from', 'runs/a'], '--solo cannot go with --service-from'],
    [['--resume', 'runs/a'], '--solo cannot go with --resume'],
    [['single.yaml', '--plan'], 'no scenario of single.yaml has more than one task'],
  ])('refuses %s', async (more, message) => {
    const single = makeFolder({
      'pipeline.yaml': pipeline,
      'single.yaml': pipeline.replace(/ {6}- \{ model: lidar.*\n/, ''),
    });
    const result = await cli(single, ['run', '--solo', ...more]);
    expect([result.code, result.stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
