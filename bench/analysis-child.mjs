// Child process: writes a recording of N jobs, then reads and analyses it; prints seconds and peak memory of the second part.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyseScenario } from '../dist/analysis/scenario.js';
import { parsePipeline } from '../dist/formats/pipeline/parse.js';
import { decodeJobs, encodeJobs } from '../dist/formats/recording/arrow.js';
import { STAMPS } from '../dist/formats/recording/jobs.js';
import { work } from './support.mjs';

const TASKS = 4;
const count = Number(process.argv[2]);
const file = join(work, `jobs-${count}.arrow`);
const names = Array.from({ length: TASKS }, (_, i) => `t${i}`);
const text = `version: 1
name: analysis
models:
  m: { backend: synthetic, build: { service: 1 ms } }
scenarios:
  s: { duration: ${count / TASKS} ms, tasks: [ ${names.map((n) => `{ model: m, name: ${n}, rate: 1000 Hz }`).join(', ')} ] }
`;

if (process.argv[3] === 'write') {
  const n = count;
  const jobs = {
    length: n,
    tasks: names,
    task: new Uint16Array(n),
    seq: new Uint32Array(n),
    outcome: new Uint8Array(n).fill(1),
    parent: new Int32Array(n).fill(-1),
    ...Object.fromEntries(STAMPS.map((stamp) => [stamp, new Float64Array(n).fill(Number.NaN)])),
  };
  const per = n / TASKS;
  for (let i = 0; i < n; i++) {
    const k = i % per;
    jobs.task[i] = Math.floor(i / per);
    jobs.seq[i] = k;
    jobs.nominal[i] = jobs.release[i] = k * 1e6;
    jobs.seen[i] = jobs.release[i] + ((i * 7919) % 20_011);
    jobs.start[i] = jobs.seen[i] + 500;
    jobs.complete[i] = jobs.enqueueEnd[i] = jobs.start[i] + 200_000 + ((i * 104_729) % 700_001);
  }
  writeFileSync(file, encodeJobs(jobs));
} else {
  if (!existsSync(file))
    spawnSync(process.execPath, [fileURLToPath(import.meta.url), String(count), 'write'], { stdio: 'inherit' });
  const spec = parsePipeline(text, 'analysis.yaml');
  const begin = performance.now();
  const jobs = decodeJobs(readFileSync(file), file);
  const read = performance.now();
  const task = (name) => ({
    name,
    model: 'm',
    backend: 'synthetic',
    accelerator: 'cpu',
    honoured: {},
    placement_notes: [],
    spin_us: 0,
    complete_via: 'blocking',
  });
  const document = {
    version: 1,
    pipeline: text,
    scenario: 's',
    repetition: 1,
    simulated: false,
    interrupted: false,
    clock: {
      start: { monotonic_ns: '0', utc: '2026-01-01T00:00:00Z', local: '2026-01-01T00:00:00.000' },
      end: { monotonic_ns: '0', utc: '2026-01-01T00:00:00Z' },
      thread_error_us: 0,
    },
    measure: { from_ns: 0, to_ns: (count / TASKS) * 1e6 },
    cold_tasks: [],
    tasks: names.map(task),
    device: { hostname: '', os: '', arch: '', kernel: '', cpus: 1, memory_bytes: 0, gpu: [], versions: {} },
    probes: [],
    process: { node: '', flags: [], rss_bytes: 0, load_average: 0 },
    problems: [],
  };
  const { report } = analyseScenario(spec.scenarios[0], { document, jobs, series: [] });
  if (report.tasks.length !== TASKS || report.tasks[0].completed !== count / TASKS)
    throw new Error('the analysis is wrong');
  console.log(
    JSON.stringify({
      seconds: (performance.now() - read) / 1000,
      read: (read - begin) / 1000,
      rss: process.resourceUsage().maxRSS * 1024,
    }),
  );
}
