// Writing report.html for 10^4, 10^5 and 10^6 jobs, against reading and packing the recordings it shows; then the time
// until it is there and until it has all jobs, and the frames of its timeline, against the page of 10^4 jobs.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { buildReport } from '../dist/analysis/report.js';
import { readRecording } from '../dist/store/recording.js';
import { RunDirectory } from '../dist/store/run-directory.js';
import { reportHtml } from '../dist/views/report-page.js';
import { median, round, runPipeline } from './support.mjs';

const RUNS = 3;
const BROWSERS = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].filter(Boolean);

/** A frame at 60 a second, ms. */
const FRAME = 17;
/** What a page may weigh, MB. */
const PAGE = 4;

export async function report() {
  const rows = [];
  const pages = [];
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
    // A page of its own run: causes are told by recording, so both are made of the same one.
    const recording = await readRecording(join(folder, 'recordings/street/1'));
    const run = RunDirectory.open(folder);
    const result = buildReport({ spec: run.spec, toolVersion: '0', engines: [], recorded: [recording] });
    const arrow = join(folder, 'recordings/street/1/jobs.arrow');
    const took = { page: [], pack: [] };
    let html = '';
    for (let i = 0; i < RUNS; i++) {
      let begin = performance.now();
      gzipSync(readFileSync(arrow), { level: 6 });
      took.pack.push(performance.now() - begin);
      begin = performance.now();
      html = await reportHtml(run, result, [recording]);
      took.page.push(performance.now() - begin);
    }
    rows.push({
      name: `report.html of ${jobs.toLocaleString('en')} jobs`,
      baseline: `gzip of jobs.arrow: ${round(median(took.pack), 0)} ms`,
      measured: `${round(median(took.page), 0)} ms, ${round(html.length / 1e6, 2)} MB (jobs.arrow ${round(statSync(arrow).size / 1e6, 2)} MB)`,
      ratio: round(median(took.page) / median(took.pack), 2),
      limit: `${PAGE} MB`,
      holds: html.length / 1e6 < PAGE,
    });
    pages.push({ jobs, path: join(folder, 'report.html') });
  }
  return [...rows, ...(await shown(pages))];
}

/** Loads every page, walks through its timeline and takes the times of its frames. */
async function shown(pages) {
  const executablePath = BROWSERS.find((path) => existsSync(path));
  if (!executablePath) return [{ name: 'report.html in a browser', skipped: `none at ${BROWSERS.join(' or ')}` }];
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const rows = [];
  let base;
  for (const { jobs, path } of pages) {
    const loads = [];
    for (let i = 0; i < RUNS; i++) loads.push(await load(browser, path));
    const { frames } = loads.at(-1);
    const found = {
      ready: median(loads.map((l) => l.ready)),
      loaded: median(loads.map((l) => l.loaded)),
      p95: frames.sort((a, b) => a - b)[Math.ceil(0.95 * frames.length) - 1],
    };
    base ??= found;
    const name = `of ${jobs.toLocaleString('en')} jobs`;
    rows.push(
      {
        name: `report.html ${name}: until its jobs are there`,
        baseline: `${round(base.loaded, 0)} ms (10,000 jobs)`,
        measured: `${round(found.loaded, 0)} ms, first screen ${round(found.ready, 0)} ms`,
        ratio: round(found.loaded / base.loaded, 2),
      },
      {
        name: `timeline ${name}: p95 of ${frames.length} frames`,
        baseline: `${round(base.p95, 2)} ms (10,000 jobs)`,
        measured: `${round(found.p95, 2)} ms`,
        ratio: round(found.p95 / base.p95, 2),
        limit: `${FRAME} ms`,
        holds: found.p95 < FRAME,
      },
    );
  }
  await browser.close();
  return rows;
}

async function load(browser, path) {
  const page = await browser.newPage({ viewport: { width: 1300, height: 850 } });
  const begin = performance.now();
  await page.goto(`file://${path}`, { waitUntil: 'commit' });
  await page.waitForSelector('body[data-ready=true]');
  const ready = performance.now() - begin;
  await page.waitForSelector('body[data-loaded=true]');
  const loaded = performance.now() - begin;
  const canvas = page.locator('canvas.timeline');
  await canvas.scrollIntoViewIfNeeded();
  await page.evaluate(`globalThis.frames_ms = [];
    new MutationObserver(() => frames_ms.push(Number(document.querySelector('canvas.timeline').dataset.frameMs)))
      .observe(document.querySelector('canvas.timeline'), { attributeFilter: ['data-frame-ms'] });`);
  const { x, y, width } = await canvas.boundingBox();
  await page.mouse.move(x + width / 2, y + 60);
  await page.keyboard.down('Control');
  for (let i = 0; i < 120; i++) await page.mouse.wheel(0, i < 60 ? -120 : 120);
  await page.keyboard.up('Control');
  await canvas.focus();
  for (const key of ['+', '+', '+', '+', '+', '+']) await page.keyboard.press(key);
  for (let i = 0; i < 60; i++) await page.keyboard.press(i % 2 ? 'd' : 'a');
  for (let i = 0; i < 60; i++) await page.mouse.move(x + 200 + ((i * 37) % (width - 250)), y + 40 + ((i * 11) % 100));
  const frames = await page.evaluate('frames_ms');
  await page.close();
  return { ready, loaded, frames };
}
