import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnalysedTask, type EnginePolicy, responseBounds } from './response-time.js';

const task = (cost: number, period: number, priority: number, jitter = 0): AnalysedTask => ({
  cost,
  period,
  priority,
  jitter,
});

describe('bounds of published task sets', () => {
  it('Burns, Wellings, Real-Time Systems and Programming Languages: sets B and D', () => {
    expect(responseBounds('preemptive', [task(40, 80, 1), task(10, 40, 2), task(5, 20, 3)])).toEqual([80, 15, 5]);
    expect(responseBounds('preemptive', [task(3, 7, 3), task(3, 12, 2), task(5, 20, 1)])).toEqual([3, 6, 20]);
  });

  it('Lehoczky 1990: the longest response is not that of the first job', () => {
    expect(responseBounds('preemptive', [task(26, 70, 2), task(62, 100, 1)])).toEqual([26, 118]);
  });

  it('Davis et al. 2007: three CAN messages, of which the third was said to take 3.0 ms for thirteen years', () => {
    const set = [task(1000, 2500, 3), task(1000, 3500, 2), task(1000, 3500, 1)];
    expect(responseBounds('non-preemptive', set)).toEqual([2000, 3000, 3500]);
  });

  it('with jitter, Tindell et al. 1994: more of the urgent task comes at once', () => {
    expect(responseBounds('preemptive', [task(2, 10, 2, 4), task(5, 30, 1)])).toEqual([6, 9]);
  });
});

it('more work than time has no bound', () => {
  for (const policy of ['preemptive', 'non-preemptive', 'fifo', 'any-order'] as const)
    expect(responseBounds(policy, [task(6, 10, 2), task(5, 10, 1)]).at(-1)).toBe(undefined);
});

/** One engine, job after job, in whole units of time. */
function simulated(
  policy: EnginePolicy,
  tasks: readonly AnalysedTask[],
  phases: readonly number[],
  until: number,
): number[] {
  const jobs = tasks.flatMap((t, i) =>
    Array.from({ length: Math.ceil(until / t.period) }, (_, k) => ({
      task: i,
      release: (phases[i] ?? 0) + k * t.period,
      left: t.cost,
      priority: t.priority,
    })),
  );
  const worst = tasks.map(() => 0);
  let running: (typeof jobs)[number] | undefined;
  for (let now = 0; now < 4 * until; now++) {
    const ready = jobs.filter((j) => j.left > 0 && j.release <= now);
    const first = (order: (a: (typeof jobs)[number], b: (typeof jobs)[number]) => number) => ready.toSorted(order)[0];
    if (policy === 'fifo') running = first((a, b) => a.release - b.release);
    else if (policy === 'any-order') running = first((a, b) => b.left - a.left);
    else if (policy === 'preemptive' || !running || running.left === 0)
      running = first((a, b) => b.priority - a.priority || a.release - b.release);
    if (!running) continue;
    running.left--;
    if (running.left === 0) worst[running.task] = Math.max(worst[running.task] ?? 0, now + 1 - running.release);
  }
  return worst;
}

it('no schedule takes longer than its bound', () => {
  const set = fc.array(
    fc.record({
      cost: fc.integer({ min: 1, max: 4 }),
      period: fc.integer({ min: 5, max: 16 }),
      phase: fc.integer({ min: 0, max: 8 }),
    }),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(
      set,
      fc.constantFrom<EnginePolicy>('preemptive', 'non-preemptive', 'fifo', 'any-order'),
      (found, policy) => {
        const tasks = found.map(({ cost, period }, i) => task(cost, period, i));
        const bounds = responseBounds(policy, tasks);
        const seen = simulated(
          policy,
          tasks,
          found.map((f) => f.phase),
          120,
        );
        bounds.forEach((bound, i) => {
          if (bound !== undefined) expect(seen[i]).toBeLessThanOrEqual(bound);
        });
      },
    ),
    { numRuns: 150 },
  );
});

it('the bound of an engine that serves in order is reached when all is released at once', () => {
  const tasks = [task(3, 10, 1), task(4, 15, 1), task(2, 8, 1)];
  const [bound] = responseBounds('fifo', tasks);
  expect(Math.max(...simulated('fifo', tasks, [0, 0, 0], 120))).toBe(bound);
});
