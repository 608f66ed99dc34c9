/** Small pipelines that were once answered wrongly, through the real command line. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readReport } from '../src/index.js';
import { cli, makeFolder } from './run-cli.js';

async function simulate(name: string) {
  const folder = makeFolder({ 'pipeline.yaml': readFileSync(`test/fixtures/numbers/${name}.yaml`) });
  const result = await cli(folder, ['run', '--simulate', '--quiet', '--id', 'x']);
  return { result, read: () => readReport(join(folder, 'runs/x')) };
}

describe('verdicts', () => {
  it('a hopeless overload fails, however much its backlog correlates', async () => {
    const { result, read } = await simulate('over');
    expect(result.code).toBe(5);
    expect(new Set((await read()).requirements.map((r) => r.verdict))).toEqual(new Set(['fail']));
  });

  it('nothing measured is not valid', async () => {
    const { result, read } = await simulate('traceshort');
    expect(result.code).toBe(6);
    expect((await read()).scenarios[0]).toMatchObject({
      valid: false,
      invalid_reason: 'no job was released in the measured window',
    });
  });
});

describe('chains', () => {
  it('a join pairs the results of one root, and passes over one that a parent dropped', async () => {
    const [scenario] = (await (await simulate('join_latest')).read()).scenarios;
    expect(scenario.chains?.[0]).toMatchObject({ roots: 100, complete: 99, missed: 1, reaction_ms: { p50: 92 } });
  });

  it('a parent that drops most of its jobs, and one that ends early', async () => {
    const [scenario] = (await (await simulate('exact-index-crash')).read()).scenarios;
    expect(scenario.tasks.map((t) => t.completed)).toEqual([10, 1, 1]);
  });

  it.each([
    ['chainroot', { roots: 400, complete: 67, missed: 266 }],
    ['fan', { roots: 100, complete: 100, missed: 100 }],
  ])('%s: a root is missed when it, or a job that it caused, was dropped', async (name, expected) => {
    const [scenario] = (await (await simulate(name)).read()).scenarios;
    expect(scenario.chains?.[0]).toMatchObject(expected);
  });
});

it('windows that are jumped over at the end count', async () => {
  const [scenario] = (await (await simulate('gridtail')).read()).scenarios;
  expect(scenario.iterations?.skipped_windows).toBe(9);
  expect(scenario.tasks.map((t) => [t.released, t.dropped.barrier])).toEqual([
    [10, 9],
    [10, 9],
  ]);
});

it('rows are counted for what a run can need', async () => {
  const { result, read } = await simulate('us1');
  expect(result.code).toBe(0);
  expect((await read()).scenarios[0].tasks[0].completed).toBe(100_000);
});

it.each([
  ['window0', 'tasks[1].phase: must be less than the period'],
  ['zerosvcasync', 'build.service: a service time must be more than 0'],
  ['jnorm', 'jitter.normal: 3 times it, where it is cut off, must be less than half the period'],
])('%s is refused', async (name, message) => {
  const { result } = await simulate(name);
  expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});
