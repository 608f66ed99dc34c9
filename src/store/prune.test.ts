/** Which runs may go. */
import { describe, expect, it } from 'vitest';
import { bytesOf, chooseRuns, type PruneRules, type StoredRun } from './prune.js';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-21T12:00:00Z');
/** `days` old; `own` bytes of its own, and 100 that all runs share. */
const run = (id: string, days: number, own: number, status: StoredRun['status'] = 'done'): StoredRun => ({
  id,
  folder: id,
  created: new Date(NOW - days * DAY).toISOString(),
  status,
  files: new Map([
    [`own ${id}`, own],
    ['model', 100],
  ]),
});
const runs = [
  run('now', 0, 10, 'running'),
  run('a', 1, 10),
  run('b', 3, 20),
  run('c', 8, 40, 'failed'),
  run('d', 9, 80),
];
const chosen = (rules: PruneRules) => chooseRuns(runs, rules, NOW).map(({ run: r, reason }) => `${r.id}: ${reason}`);

describe('runs that may go', () => {
  it.each<[string, PruneRules, string[]]>([
    ['by age', { olderThanMs: 7 * DAY }, ['d: too old', 'c: too old']],
    ['by number', { keep: 1 }, ['d: not among the newest 1', 'c: not among the newest 1', 'b: not among the newest 1']],
    ['by size, the oldest first', { mostBytes: 150 }, ['d: too much disk', 'c: too much disk']],
    ['nothing is too large', { mostBytes: 1000 }, []],
    [
      'everything that is over',
      { mostBytes: 0 },
      ['d: too much disk', 'c: too much disk', 'b: too much disk', 'a: too much disk'],
    ],
    [
      'by several rules, each with its reason',
      { olderThanMs: 8.5 * DAY, keep: 2 },
      ['d: too old', 'c: not among the newest 2'],
    ],
  ])('%s', (_, rules, expected) => {
    expect(chosen(rules)).toEqual(expected);
  });
  it('counts a file that several runs link to once', () => {
    expect(bytesOf(runs)).toBe(260);
    expect(bytesOf([])).toBe(0);
  });
});
