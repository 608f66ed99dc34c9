/** Which device is slower than its siblings, and since when. */
import { describe, expect, it } from 'vitest';
import type { RunEntry } from '../formats/run/run-list.js';
import { fleetMatrix } from './fleet-matrix.js';

const run = (host: string, day: number, p50: number, change: Partial<RunEntry> = {}): RunEntry => ({
  id: `${host}-${day}`,
  pipeline: 'robot',
  created: `2026-11-${String(day).padStart(2, '0')}T10:00:00Z`,
  state: 'done',
  simulate: false,
  hostname: 'desk',
  stages: [],
  report: true,
  summary: {
    version: 1,
    verdict: 'pass',
    device: 'Jetson AGX Orin',
    host,
    models: ['camera'],
    tasks: [{ scenario: 'street', task: 'camera', p50_ms: p50, p99_ms: p50 * 1.5, deadline_ms: 66 }],
  },
  ...change,
});

describe('a fleet', () => {
  it('tells who is slower than the others, by how much and since when', () => {
    const list = [
      ...['a', 'b', 'c'].flatMap((host) => [1, 5, 9].map((day) => run(host, day, 20))),
      run('d', 1, 20),
      run('d', 5, 30),
      run('d', 9, 31),
    ];
    const { devices, rows } = fleetMatrix(list);
    expect(devices.map((d) => d.host)).toEqual(['a', 'b', 'c', 'd']);
    const [a, , , d] = rows[0].cells;
    expect(a?.slower).toBeUndefined();
    expect(d?.slower).toEqual({ scenario: 'street', task: 'camera', factor: 1.55, since: '2026-11-05T10:00:00Z' });
    expect(d?.slack).toBeCloseTo(1 - 46.5 / 66);
    expect(a?.runs.map((r) => r.id)).toEqual(['a-1', 'a-5', 'a-9']);
  });

  it('forgets what is over, and compares nobody with nothing', () => {
    const recovered = [run('a', 1, 20), run('b', 1, 40), run('b', 5, 20)];
    expect(fleetMatrix(recovered).rows[0].cells[1]?.slower).toBeUndefined();
    expect(fleetMatrix([run('a', 1, 500)]).rows[0].cells[0]?.slower).toBeUndefined();
  });

  it('counts what was measured on a device alone', () => {
    const list = [run('a', 1, 20), run('b', 1, 20, { simulate: true }), run('c', 1, 20, { pipeline: 'other' })];
    const { devices, rows } = fleetMatrix(list);
    expect(devices.map((d) => d.host)).toEqual(['a', 'c']);
    expect(rows.map((r) => [r.pipeline, r.cells.map((c) => c?.runs.length ?? 0)])).toEqual([
      ['other', [0, 1]],
      ['robot', [1, 0]],
    ]);
  });
});
