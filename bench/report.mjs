// Writing report.html for 10^4, 10^5 and 10^6 jobs, against reading and packing the recordings it shows.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readReport } from '../dist/index.js';
import { readRecording } from '../dist/store/recording.js';
import { RunDirectory } from '../dist/store/run-directory.js';
import { reportHtml } from '../dist/views/report-page.js';
import { median, round, runPipeline } from './support.mjs';

const RUNS = 3;

export async function report() {
  const rows = [];
  for (const jobs of [1e4, 1e5, 1e6]) {
    const folder = runPipeline(
      `report-${jobs}`,
      `version: 1
name: report
models:
  camera: { backend: synthetic, build: { service: { normal: { mean: 6 ms, sigma: 1.5 ms } } } }
  lidar: { backend: synthetic, build: { service: { exponential: 4 ms } } }
  imu: { backend: synthetic, build: { service: 0.2 ms } }
scenarios:
  street:
    warmup: 0 s
    duration: ${jobs / 1000} s
    tasks:
      - { model: camera, rate: 100 Hz, overrun: latest }
      - { model: lidar, rate: 100 Hz, overrun: skip }
      - { model: imu, rate: 800 Hz }
`,
      ['--simulate'],
    );
    const result = { report: await readReport(folder), interference: [] };
    const arrow = join(folder, 'recordings/street/1/jobs.arrow');
    const took = { page: [], pack: [] };
    let html = '';
    for (let i = 0; i < RUNS; i++) {
      let begin = performance.now();
      gzipSync(readFileSync(arrow), { level: 6 });
      took.pack.push(performance.now() - begin);
      begin = performance.now();
      html = await reportHtml(RunDirectory.open(folder), result, [
        await readRecording(join(folder, 'recordings/street/1')),
      ]);
      took.page.push(performance.now() - begin);
    }
    rows.push({
      name: `report.html of ${jobs.toLocaleString('en')} jobs`,
      baseline: `gzip of jobs.arrow: ${round(median(took.pack), 0)} ms`,
      measured: `${round(median(took.page), 0)} ms, ${round(html.length / 1e6, 2)} MB (jobs.arrow ${round(statSync(arrow).size / 1e6, 2)} MB)`,
      ratio: round(median(took.page) / median(took.pack), 2),
    });
  }
  return rows;
}
