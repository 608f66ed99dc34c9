import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeScale } from './time-scale.js';

describe('a time scale', () => {
  it('maps the ends of the stretch to the ends of the axis, and every point back to its time', () => {
    const scale = new TimeScale({ from: 1000, to: 3000 }, 130, 530);
    expect([scale.x(1000), scale.x(3000), scale.x(2000)]).toEqual([130, 530, 330]);
    expect(scale.perPoint).toBe(5);
    expect([scale.part(0), scale.part(330), scale.part(9999)]).toEqual([0, 0.5, 1]);
    const number = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(number, fc.double({ min: 1, max: 1e9, noNaN: true }), number, (from, length, time) => {
        const some = new TimeScale({ from, to: from + length }, 84, 1300);
        expect(Math.abs(some.time(some.x(time)) - time)).toBeLessThan(
          1e-6 * (1 + Math.abs(time) + Math.abs(from) + length),
        );
      }),
    );
  });
  it('never has an axis without width', () => {
    expect(new TimeScale({ from: 0, to: 10 }, 130, 100).width).toBe(1);
  });
});
