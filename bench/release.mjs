// Release error at 100 Hz against cyclictest and against the same loop in C, interleaved in one run.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJobs } from '../dist/index.js';
import { compile, has, median, numbers, quantile, round, run, runPipeline, work } from './support.mjs';

const GROUPS = 7;
const TICKS = 500;
const PERIOD_US = 10_000;

async function ours() {
  const folder = runPipeline(
    'release',
    `version: 1
name: release
models:
  m: { backend: synthetic, build: { service: 10 us } }
scenarios:
  s: { warmup: 300 ms, steady: off, duration: ${(TICKS * PERIOD_US) / 1000} ms, tasks: [ { model: m, rate: 100 Hz } ] }
`,
  );
  const jobs = await readJobs(join(folder, 'recordings/s/1'));
  return [...jobs.seen.keys()].filter((i) => i >= 30).map((i) => jobs.seen[i] - jobs.release[i]);
}

/** Values in ns out of cyclictest's histogram of us. */
function cyclictest() {
  const file = join(work, 'cyclictest.txt');
  rmSync(file, { force: true });
  run('cyclictest', [
    '-q',
    '--default-system',
    '-i',
    String(PERIOD_US),
    '-l',
    String(TICKS),
    '-h',
    '50000',
    `--histfile=${file}`,
  ]);
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const match = /^(\d+)\s+(\d+)/.exec(line);
      return match ? new Array(Number(match[2])).fill(Number(match[1]) * 1000) : [];
    });
}

export async function release() {
  const loop = compile('pacing');
  const cyclic = has('cyclictest');
  if (!cyclic)
    return [{ name: 'release error against cyclictest', skipped: 'cyclictest is not installed (package rt-tests)' }];
  const groups = [];
  for (let i = 0; i < GROUPS; i++) {
    const reference = cyclictest();
    const mine = await ours();
    const c = loop ? numbers(run(loop, [String(PERIOD_US), String(TICKS)]).stdout) : [];
    groups.push({ reference, mine, c });
  }
  const limits = { 0.5: 0.15, 0.9: 0.5, 0.99: 0.5 };
  return Object.entries(limits).map(([p, limit]) => {
    const of = (key) => groups.map((g) => quantile(g[key], Number(p)));
    const reference = median(of('reference'));
    const ratio = median(of('mine').map((v, i) => v / of('reference')[i]));
    const quiet = p !== '0.99' || reference < 1e6;
    return {
      name: `release error p${Number(p) * 100} at 100 Hz`,
      baseline: `cyclictest ${round(reference / 1000, 1)} us`,
      measured: `${round(median(of('mine')) / 1000, 2)} us`,
      ratio: round(ratio),
      limit: `ratio <= ${limit}${p === '0.99' ? ' where cyclictest is under 1 ms' : ''}`,
      note: `same loop in C ${loop ? `${round(median(of('c')) / 1000, 2)} us` : 'not compiled'}`,
      holds: quiet ? ratio <= limit : undefined,
    };
  });
}
