/** What becomes of releases that find their task busy, policy by policy. */
import { describe, expect, it } from 'vitest';
import type { Overrun } from '../formats/pipeline/types.js';
import { OUTCOMES } from '../formats/recording/jobs.js';
import { waitingRoom } from './overrun.js';

/** Rows arrive at 10, 20, 30 ... while the task is busy; then it takes a job at `now` until none is left. Deadlines are 25 after arrival. */
function play(overrun: Overrun, arrivals: number, now: number) {
  const drops: string[] = [];
  const room = waitingRoom(
    overrun,
    100,
    (row) => (row + 1) * 10 + 25,
    (row, at, reason) => {
      drops.push(`${row} ${OUTCOMES[reason]}@${at}`);
    },
  );
  for (let row = 0; row < arrivals; row++) room.arrive(row, (row + 1) * 10);
  const taken: number[] = [];
  for (let row = room.take(now); row >= 0; row = room.take(now)) taken.push(row);
  return { taken, drops };
}

describe('waiting rooms', () => {
  it.each<[string, Overrun, number, number, number[], string[]]>([
    ['queue keeps the order', { kind: 'queue', cap: 64 }, 3, 50, [0, 1, 2], []],
    [
      'queue drops what comes to a full room',
      { kind: 'queue', cap: 2 },
      4,
      50,
      [0, 1],
      ['2 queue_full@30', '3 queue_full@40'],
    ],
    ['skip drops at the release', { kind: 'skip' }, 2, 50, [], ['0 busy@10', '1 busy@20']],
    ['shift has nobody waiting', { kind: 'shift' }, 1, 50, [], ['0 busy@10']],
    ['latest keeps the newest', { kind: 'latest' }, 3, 50, [2], ['0 superseded@20', '1 superseded@30']],
    [
      'expire drops what is too late when it would start',
      { kind: 'expire' },
      3,
      46,
      [2],
      ['0 expired@46', '1 expired@46'],
    ],
    ['expire starts what is due this very instant', { kind: 'expire' }, 1, 35, [0], []],
  ])('%s', (_, overrun, arrivals, now, taken, drops) => {
    expect(play(overrun, arrivals, now)).toEqual({ taken, drops });
  });

  it('a room can be filled and emptied again and again', () => {
    const room = waitingRoom(
      { kind: 'queue', cap: 3 },
      100,
      () => 0,
      () => {},
    );
    const taken: number[] = [];
    for (let row = 0; row < 100; row++) {
      room.arrive(row, row);
      if (row % 2 === 1) taken.push(room.take(row), room.take(row));
    }
    expect(taken).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(room.waiting).toBe(0);
  });
});
