import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flatten } from './flatten.js';
import { nearest } from './nearest.js';
import { parseQuantity } from './quantity.js';
import { exponential, normal3, streamOf, uniform } from './random.js';
import { gridTime, hyperRate, parseRational, rational, slowedBy } from './rational.js';
import { bytes, withUnit } from './text.js';

describe('rates', () => {
  it('put every release on its exact grid point, rounded half up, never accumulated', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 1, max: 2000 }),
        fc.nat(10_000_000),
        (num, den, k) => {
          const rate = rational(BigInt(num), BigInt(den));
          const n = 1_000_000_000n * BigInt(den);
          // Doubles hold whole nanoseconds for 104 days.
          fc.pre((BigInt(k) * n) / BigInt(num) < 9_000_000_000_000_000n);
          expect(rate && gridTime(rate, k)).toBe(Number((2n * BigInt(k) * n + BigInt(num)) / (2n * BigInt(num))));
        },
      ),
    );
    expect(gridTime({ num: 60, den: 1 }, 3_600_000)).toBe(60_000e9);
    expect(gridTime({ num: 30_000, den: 1001 }, 30_000)).toBe(1001e9);
  });
  it.each([
    [
      [
        { num: 100, den: 1 },
        { num: 40, den: 1 },
      ],
      1e12,
      { num: 20, den: 1 },
    ],
    [[{ num: 30_000, den: 1001 }], 1e9, { num: 30_000, den: 1001 }],
    [
      [
        { num: 30_000, den: 1001 },
        { num: 7, den: 1 },
      ],
      1e9,
      undefined,
    ],
  ])('begin together again at a rate of their own, exactly', (rates, limit, expected) => {
    expect(hyperRate(rates, limit)).toEqual(expected);
  });
  it('are slowed by a phase, exactly', () => {
    expect(slowedBy({ num: 100, den: 1 }, 10e6)).toEqual({ num: 50, den: 1 });
    expect(slowedBy({ num: 30_000, den: 1001 }, 0)).toEqual({ num: 30_000, den: 1001 });
  });
  it('are read exactly', () => {
    expect(parseRational('0.1')).toEqual({ num: 1, den: 10 });
    expect(parseRational('30000/1001')).toEqual({ num: 30_000, den: 1001 });
    expect(parseRational('1.5e3')).toEqual({ num: 1500, den: 1 });
    for (const text of ['', 'x', '1/0', '1//2', '1e999', '--1']) expect(parseRational(text), text).toBeUndefined();
  });
});

describe('quantities', () => {
  it('need a unit', () => {
    expect(parseQuantity('66 ms', ['time'])).toMatchObject({ value: { num: 66e6, den: 1 } });
    expect(parseQuantity('85 C', ['temperature'])).toMatchObject({ value: { num: 85 } });
    expect(parseQuantity('1 %', ['ratio'])).toMatchObject({ value: { num: 1, den: 100 } });
    expect(parseQuantity(15, ['rate']).problem).toContain('such as "15 Hz"');
    expect(parseQuantity('15', ['rate']).problem).toContain('such as "15 Hz"');
    expect(parseQuantity('15 hz', ['rate']).problem).toBe('unknown unit "hz"; did you mean Hz?');
  });
});

describe('random numbers', () => {
  it('are functions of seed, stream and counter', () => {
    const stream = streamOf('detector');
    expect(uniform(7, stream, 12)).toBe(uniform(7, stream, 12));
    expect(uniform(7, stream, 12)).not.toBe(uniform(8, stream, 12));
    // The same bytes on every machine: this number must never change.
    expect(uniform(7, streamOf('input/x'), 0)).toBe(0.30105548912604196);
  });
  it('have the moments of their distributions', () => {
    const n = 40_000;
    const mean = (draw: (k: number) => number) =>
      Array.from({ length: n }, (_, k) => draw(k)).reduce((a, b) => a + b, 0) / n;
    const stream = streamOf('s');
    expect(mean((k) => uniform(1, stream, k))).toBeCloseTo(0.5, 2);
    expect(mean((k) => uniform(1, stream, k) ** 2)).toBeCloseTo(1 / 3, 2);
    expect(mean((k) => normal3(1, stream, k))).toBeCloseTo(0, 1);
    expect(mean((k) => normal3(1, stream, k) ** 2)).toBeCloseTo(0.973, 1);
    expect(mean((k) => exponential(1, stream, k))).toBeCloseTo(1, 1);
  });
});

it('nearest word', () => {
  expect(nearest('detecter', ['vad', 'detector'])).toBe('detector');
  expect(nearest('xyz', ['vad', 'detector'])).toBeUndefined();
});

it('the ways to the leaves of nested data do not move when a list grows', () => {
  const tasks = [
    { model: 'camera', rate: '30 Hz' },
    { name: 'left', model: 'lidar', cpus: [0, 1] },
  ];
  const ways = flatten({ street: { tasks } });
  expect(ways).toEqual([
    ['street.tasks.camera.model', 'camera'],
    ['street.tasks.camera.rate', '30 Hz'],
    ['street.tasks.left.name', 'left'],
    ['street.tasks.left.model', 'lidar'],
    ['street.tasks.left.cpus.1', '0'],
    ['street.tasks.left.cpus.2', '1'],
  ]);
  const grown = flatten({ street: { tasks: [{ model: 'vad' }, ...tasks] } });
  expect(grown).toEqual(expect.arrayContaining(ways));
  expect(flatten([{ name: 'a' }, { name: 'a' }, null]).map(([way]) => way)).toEqual(['a.name', 'a#2.name', '3']);
});

it('numbers are told with the unit a person expects', () => {
  expect([500, 1536, 20 * 2 ** 20, 1.25 * 2 ** 30].map(bytes)).toEqual(['500 B', '1.5 KiB', '20.0 MiB', '1.25 GiB']);
  expect(withUnit(2 ** 31, 'bytes')).toBe('2.00 GiB');
  expect(withUnit(5300, 'mW')).toBe('5.30 W');
  expect(withUnit(61.04, 'C')).toBe('61.04 °C');
  expect(withUnit(1300, 'MHz')).toBe('1300 MHz');
});
