import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeviceClock } from './device-clock.js';

describe('the clock of a device', () => {
  it('is brought to the host clock within the tightest bounds of all jobs, also when it drifts', () => {
    const job = fc.record({
      gap: fc.double({ min: 0, max: 50, noNaN: true }),
      late: fc.double({ min: 0.002, max: 0.3, noNaN: true }),
      length: fc.double({ min: 0.01, max: 5, noNaN: true }),
      seen: fc.double({ min: 0.002, max: 0.3, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(job, { minLength: 1, maxLength: 200 }),
        fc.double({ min: -5e-5, max: 5e-5, noNaN: true }),
        fc.double({ min: -1e5, max: 1e5, noNaN: true }),
        (jobs, drift, offset) => {
          const clock = new DeviceClock();
          const device = (host: number) => offset + host * (1 + drift);
          let host = 1000;
          for (const { gap, late, length, seen } of jobs) {
            const asked = host + gap;
            const began = asked + late;
            const ended = began + length;
            host = ended + seen;
            clock.bind(asked, host, device(began), device(ended));
            // Whatever came before, no job is told to begin before it was asked for, or to end after it was seen to be over.
            expect(clock.toHost(device(began))).toBeGreaterThanOrEqual(asked - 1e-6);
            expect(clock.toHost(device(ended))).toBeLessThanOrEqual(host + 1e-6);
            expect(Math.abs(clock.toHost(device(ended)) - ended)).toBeLessThanOrEqual(clock.uncertainty + 1e-3);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is known better with every job that the host saw quickly', () => {
    const clock = new DeviceClock();
    clock.bind(0, 1, 0.5, 0.6);
    const first = clock.uncertainty;
    clock.bind(10, 10.02, 10.01, 10.012);
    expect(clock.uncertainty).toBeLessThan(first / 10);
  });
});
