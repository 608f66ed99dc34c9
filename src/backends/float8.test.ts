import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float8Bits, fromFloat8 } from './float8.js';

describe('numbers of eight bits', () => {
  it('are those of the OCP specification', () => {
    const e4m3 = (bits: number) => fromFloat8(bits, 'float8e4m3fn');
    const e5m2 = (bits: number) => fromFloat8(bits, 'float8e5m2');
    expect([0x00, 0x01, 0x07, 0x08, 0x38, 0x7e, 0xfe].map(e4m3)).toEqual([
      0,
      2 ** -9,
      7 * 2 ** -9,
      2 ** -6,
      1,
      448,
      -448,
    ]);
    expect(e4m3(0x7f)).toBeNaN();
    expect([0x01, 0x03, 0x04, 0x3c, 0x7b, 0x7c].map(e5m2)).toEqual([
      2 ** -16,
      3 * 2 ** -16,
      2 ** -14,
      1,
      57344,
      Number.POSITIVE_INFINITY,
    ]);
    expect(e5m2(0x7d)).toBeNaN();
  });

  for (const type of ['float8e4m3fn', 'float8e5m2'] as const) {
    it(`${type}: every finite number keeps its bits`, () => {
      for (let bits = 0; bits < 256; bits++) {
        const value = fromFloat8(bits, type);
        if (Number.isFinite(value)) expect(float8Bits(value, type)).toBe(bits);
      }
    });

    it(`${type}: others become the nearest`, () => {
      const all = Array.from({ length: 256 }, (_, bits) => fromFloat8(bits, type)).filter(Number.isFinite);
      fc.assert(
        fc.property(fc.double({ min: -70000, max: 70000, noNaN: true }), (value) => {
          const off = Math.abs(fromFloat8(float8Bits(value, type), type) - value);
          expect(off).toBe(Math.min(...all.map((v) => Math.abs(v - value))));
        }),
        { numRuns: 300 },
      );
    });
  }
});
