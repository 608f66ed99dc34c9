/** Who is on which CPU, and whose turn it is. */
import { describe, expect, it } from 'vitest';
import { RunQueues } from './run-queues.js';

const MS = 1e6;
const one = { threads: 1, priority: 'normal' } as const;
const running = (queues: RunQueues, tasks: readonly number[]) => tasks.filter((t) => queues.runs(t));
const shares = (queues: RunQueues, tasks: readonly number[]) => tasks.map((t) => Number(queues.share(t).toFixed(3)));

describe('queues of CPUs', () => {
  it('have a CPU for each as long as there are enough, and no turns', () => {
    const queues = new RunQueues(2);
    queues.start(0, one, 0, 1);
    queues.start(1, one, 0, 1);
    expect(running(queues, [0, 1])).toEqual([0, 1]);
    expect(queues.nextTurn).toBe(Number.POSITIVE_INFINITY);
  });

  it('two on one CPU take turns; who comes waits for what is left of the turn', () => {
    const queues = new RunQueues(1);
    queues.start(0, one, 0, 1);
    queues.start(1, one, 10 * MS, 0.5);
    expect([running(queues, [0, 1]), queues.nextTurn]).toEqual([[0], 12 * MS]);
    queues.advance(12 * MS);
    expect([running(queues, [0, 1]), queues.nextTurn]).toEqual([[1], 16 * MS]);
    queues.end(1, 13 * MS);
    expect([running(queues, [0]), queues.nextTurn]).toEqual([[0], Number.POSITIVE_INFINITY]);
  });

  it('a CPU that gets idle takes one of those that wait elsewhere', () => {
    const queues = new RunQueues(2);
    for (const task of [0, 1, 2]) queues.start(task, one, 0, 1);
    expect([running(queues, [0, 1, 2]), shares(queues, [0, 1, 2])]).toEqual([
      [0, 1],
      [0.5, 1, 0.5],
    ]);
    queues.end(1, 5 * MS);
    expect(running(queues, [0, 2])).toEqual([0, 2]);
  });

  it('one that finds no idle CPU stays on the one that it had', () => {
    const queues = new RunQueues(2);
    queues.start(0, one, 0, 1);
    queues.start(1, one, 0, 1);
    queues.end(0, MS);
    queues.end(1, MS);
    queues.start(2, one, 2 * MS, 1);
    queues.start(0, one, 2 * MS, 1);
    // 2 took CPU 0, so 0 went to CPU 1, which 1 had.
    queues.start(1, one, 2 * MS, 1);
    expect(shares(queues, [0, 1, 2])).toEqual([0.5, 0.5, 1]);
  });

  it('keeps to the CPUs that are asked for', () => {
    const queues = new RunQueues(4);
    for (const task of [0, 1, 2]) queues.start(task, { ...one, cpus: [3] }, 0, 1);
    queues.start(3, one, 0, 1);
    expect(shares(queues, [0, 1, 2, 3])).toEqual([0.333, 0.333, 0.333, 1]);
  });

  it('real time goes at once and has no turns; nice 10 has short ones', () => {
    const queues = new RunQueues(1);
    queues.start(0, { ...one, priority: 'low' }, 0, 1);
    queues.start(1, one, 0, 1);
    expect(queues.nextTurn).toBe(Math.ceil((4 * MS * 110) / 1024));
    queues.advance(queues.nextTurn);
    expect(running(queues, [0, 1])).toEqual([1]);
    queues.start(2, { ...one, priority: 'high' }, MS, 1);
    expect([running(queues, [0, 1, 2]), queues.nextTurn]).toEqual([[2], Number.POSITIVE_INFINITY]);
    expect(shares(queues, [0, 1, 2])).toEqual([0, 0, 1]);
    queues.end(2, 2 * MS);
    expect(running(queues, [0, 1])).toHaveLength(1);
  });

  it('a job of several threads goes on while all of them have their turn', () => {
    const queues = new RunQueues(2);
    queues.start(0, { ...one, threads: 2 }, 0, 1);
    expect(queues.runs(0)).toBe(true);
    queues.start(1, one, 0, 1);
    expect(running(queues, [0, 1])).toEqual([0]);
    queues.advance(4 * MS);
    expect(running(queues, [0, 1])).toEqual([1]);
  });

  it('who asks for none always goes on', () => {
    expect(new RunQueues(1).runs(7)).toBe(true);
  });
});
