/** Two jobs on one GPU: what was measured comes out again, and copies and turns do what they should. */
import { describe, expect, it } from 'vitest';
import { scenarioOf } from '../../test/scenarios.js';
import { DONE_COUNT } from './columns.js';
import { computingCost } from './gpu-pairs.js';
import { Sharing, type SharingTask } from './sharing.js';
import { simulate } from './simulate.js';

const MS = 1e6;
const task = (extra: Partial<SharingTask> = {}): SharingTask => ({
  engine: 'gpu:0',
  threads: 0,
  priority: 'normal',
  ...extra,
});
const staged = (into: number, out: number, alone: number): Partial<SharingTask> => ({
  stages: { in: into, compute: 1 - into - out, out },
  alone: alone * MS,
});

/** Mean time (ms) of a job of each, both back to back. @param services ms alone */
function together(sharing: Sharing, services: readonly [number, number]): number[] {
  const scenario = scenarioOf('mode: async, warmup: 0 s, duration: 4 s, tasks: [ { model: a }, { model: b } ]');
  // Not all alike, so that the two do not fall into step.
  const result = simulate(
    scenario,
    services.map((ms) => ({ service: (k) => ms * (0.9 + ((k * 0.618) % 0.2)) * MS, engine: 'gpu:0', contention: 0 })),
    sharing,
  );
  return result.columns.map((c) => 4000 / c.control[DONE_COUNT]);
}

describe('a pair on a GPU', () => {
  it('back to back it takes what it took, whatever part of it are copies', () => {
    for (const [a, b, services, factors] of [
      [{}, {}, [2, 3], [1.8, 1.4]],
      [staged(0.2, 0.1, 2), staged(0.3, 0.1, 3), [2, 3], [1.6, 1.5]],
      [staged(0.1, 0.1, 4), { alone: MS }, [4, 1], [1.8, 1.4]],
      [staged(0.05, 0.3, 1), staged(0.3, 0.05, 5), [1, 5], [1.7, 1.3]],
    ] as const) {
      const sharing = new Sharing({ cpus: 4, tasks: [task(a), task(b)], slowdown: (i) => factors[i as 0 | 1] });
      const took = together(sharing, [...services]);
      took.forEach((ms, i) => {
        const asked = services[i as 0 | 1] * factors[i as 0 | 1];
        expect(Math.abs(ms / asked - 1), `${JSON.stringify([a, b])}: ${took}`).toBeLessThan(0.1);
      });
    }
  });

  it('copies of one direction take turns, and the computing of the other goes on meanwhile', () => {
    const half = task(staged(0.5, 0, 2));
    const sharing = new Sharing({ cpus: 1, tasks: [half, half], slowdown: () => 2.2 });
    sharing.start(0, 0, 1);
    sharing.start(1, 0, 1);
    expect([sharing.rate(0), sharing.rate(1)]).toEqual([1, 0]);
    sharing.next(0, 1);
    expect([sharing.rate(0), sharing.rate(1)]).toEqual([1, 1]);
    sharing.next(1, 2);
    expect(sharing.rate(0)).toBeLessThan(0.5);
  });

  it('one that is thousands of times as long as the other is told too', () => {
    const pair = [task(staged(0.1, 0.1, 0.1)), task(staged(0.01, 0.01, 500))] as const;
    const [short, long] = computingCost([...pair], [1.5, 1.01]);
    expect(short).toBeGreaterThan(0.4);
    expect(short).toBeLessThan(1);
    expect(long).toBeLessThan(0.1);
  });

  it('of tasks that take turns the second waits', () => {
    const turns = task({ turns: true });
    const sharing = new Sharing({ cpus: 1, tasks: [turns, turns, task()], slowdown: () => 1.5 });
    for (const i of [0, 1, 2]) sharing.start(i, 0, 1);
    expect(sharing.rate(1)).toBe(0);
    expect(sharing.rate(0)).toBeGreaterThan(0.5);
  });
});
