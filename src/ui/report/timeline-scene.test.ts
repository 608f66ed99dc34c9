/** What the timeline shows, without a canvas. */
import { describe, expect, it } from 'vitest';
import type { JobTable } from '../../formats/recording/jobs.js';
import { type PageRecording, packJobs, unpackJobs } from '../../formats/report/report-page.js';
import { assembleJobs } from '../../workload/assemble.js';
import { columnBytes, ROWS, viewColumns } from '../../workload/columns.js';
import type { Colour, TimelineData } from './timeline-draft.js';
import { indexTask } from './timeline-index.js';
import { layoutLanes } from './timeline-lanes.js';
import { jobAt } from './timeline-rows.js';
import { timelineScale, timelineScene } from './timeline-scene.js';

/** One task, jobs as [release, start, complete] in ms; a complete of NaN is a job dropped at its start. */
function dataOf(jobs: readonly (readonly [number, number, number])[], more: Partial<TimelineData> = {}): TimelineData {
  const columns = viewColumns(new ArrayBuffer(columnBytes(jobs.length)), jobs.length);
  for (const stamp of ['seen', 'enqueueEnd', 'dropped'] as const) columns[stamp].fill(Number.NaN);
  jobs.forEach(([release, start, complete], row) => {
    const done = !Number.isNaN(complete);
    columns.nominal[row] = release * 1e6;
    columns.release[row] = release * 1e6;
    columns.start[row] = done ? start * 1e6 : Number.NaN;
    columns.complete[row] = complete * 1e6;
    columns.dropped[row] = done ? Number.NaN : start * 1e6;
    columns.outcome[row] = done ? 1 : 3;
  });
  columns.control[ROWS] = jobs.length;
  const table: JobTable = assembleJobs(['camera'], [columns]);
  const recording: PageRecording = {
    scenario: 's',
    repetition: 1,
    mode: 'periodic',
    simulated: false,
    measure: [10_000, 90_000],
    tasks: [{ name: 'camera', deadline: 10_000, nominal: false, rows: jobs.length, measured: [0, jobs.length] }],
    series: [],
    utc: '2026-11-21T00:00:00Z',
  };
  const late = (row: number) => table.complete[row] - table.release[row] > 10e6;
  const page = unpackJobs(packJobs(table, { late }), recording.tasks);
  const indexes = [indexTask(page, recording, 0)];
  const layout = layoutLanes(indexes, ['CPU'], 'task');
  return { recording, jobs: page, indexes, layout, panels: [], chosen: undefined, ...more };
}

const rectsOf = (data: TimelineData, from: number, to: number, width = 1150) => {
  const view = { width, height: 400, scrolled: 0 };
  const scene = timelineScene(data, { from: from * 1000, to: to * 1000 }, view, (t) => t.length * 6);
  const found: { colour: Colour; x: number; width: number }[] = [];
  scene.rects.forEach((colour, x, _y, w) => {
    if (colour === 'run' || colour === 'late' || colour === 'wait') found.push({ colour, x, width: w });
  });
  return { scene, found };
};

describe('the scene of a timeline', () => {
  const jobs: [number, number, number][] = [
    [0, 0, 8],
    [10, 14, 22],
    [20, 20.5, Number.NaN],
  ];

  it('has each job where its stamps say, in the colour of what became of it', () => {
    // 1000 points for 100 ms, right of names that are 150 wide.
    const { scene, found } = rectsOf(dataOf(jobs), 0, 100);
    // The second job is done 2 ms behind its deadline, and the third is given up half a ms after its release.
    expect(found.filter((r) => r.width > 1)).toEqual([
      { colour: 'run', x: 150, width: 79 },
      { colour: 'wait', x: 250, width: 40 },
      { colour: 'run', x: 290, width: 60 },
      { colour: 'late', x: 350, width: 19 },
    ]);
    expect(scene.hatches).toEqual([{ x: 350, y: 29, width: 7, height: 12 }]);
  });

  it('cuts what begins before the stretch, and leaves out what lies outside', () => {
    const { found } = rectsOf(dataOf(jobs), 4, 9);
    expect(found.filter((r) => r.width > 1)).toEqual([{ colour: 'run', x: 150, width: 799 }]);
  });

  it('shades what is not measured', () => {
    const { scene } = rectsOf(dataOf(jobs), 0, 100);
    const shades: number[][] = [];
    scene.rects.forEach((colour, x, _y, w) => {
      if (colour === 'shade') shades.push([x, w]);
    });
    expect(shades).toEqual([
      [150, 100],
      [1050, 100],
    ]);
  });

  it('sums up jobs that are too dense to be drawn, and shows where some were missed', () => {
    const many = Array.from({ length: 2000 }, (_, i): [number, number, number] => [
      i * 10,
      i * 10,
      i * 10 + (i === 1000 ? 12 : 5),
    ]);
    const { found } = rectsOf(dataOf(many), 0, 20_000);
    expect(found.filter((r) => r.colour === 'run')).toHaveLength(1000);
    expect(found.filter((r) => r.colour === 'late')).toEqual([{ colour: 'late', x: 650, width: 1.5 }]);
  });

  it('frames the chosen job, and finds the job under a pointer', () => {
    const data = dataOf(jobs, { chosen: 1 });
    const { scene } = rectsOf(data, 0, 100);
    expect(scene.frames).toEqual([{ x: 288, y: 44, width: 84, height: 26, colour: 'chosen' }]);
    expect(scene.texts.map((t) => t.text)).toContain('deadline');
    const scale = timelineScale({ from: 0, to: 100_000 }, 1150);
    expect([jobAt(170, 30, scale, data), jobAt(320, 30, scale, data), jobAt(920, 30, scale, data)]).toEqual([0, 1, -1]);
    expect(jobAt(50, 30, scale, data)).toBe(-1);
  });

  it('puts the lanes of an engine under its name', () => {
    const data = dataOf(jobs);
    const two = [data.indexes[0], data.indexes[0], data.indexes[0]];
    const { lanes, headings, height } = layoutLanes(two, ['GPU', 'CPU', 'GPU'], 'engine');
    expect(headings.map((h) => [h.title, h.top])).toEqual([
      ['GPU', 0],
      ['CPU', 82],
    ]);
    expect(lanes.map((l) => [l.task, l.top])).toEqual([
      [0, 22],
      [2, 52],
      [1, 104],
    ]);
    expect(height).toBe(134);
    const layout = layoutLanes(data.indexes, ['GPU'], 'engine');
    expect(jobAt(320, 40, timelineScale({ from: 0, to: 100_000 }, 1150), { ...data, layout })).toBe(1);
  });

  it('draws a counter as steps, each value up to its sample', () => {
    const series = { name: 'cpu.mean', unit: 'percent', source: 'linux', samples: 2 };
    const panel = { title: 'CPU', unit: '%', low: 0, high: 100 };
    const samples = { ...series, time: Float64Array.of(10_000, 20_000), value: Float64Array.of(0, 100) };
    const { scene } = rectsOf(dataOf(jobs, { panels: [{ ...panel, series: [samples] }] }), 0, 100);
    const [line] = scene.lines;
    expect(Array.from(line.points.filter((_, i) => i % 2 === 0))).toEqual([250, 250, 250, 350]);
    const heights = Array.from(line.points.filter((_, i) => i % 2 === 1));
    expect(heights[0] - heights[3]).toBe(58);
    expect(scene.texts.map((t) => t.text)).toContain('100 %');
  });
});
