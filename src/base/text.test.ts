/** Words and numbers that everyone writes alike. */
import { describe, expect, it } from 'vitest';
import { msShort, shareText, shorten } from './text.js';

describe('names that are too long', () => {
  it('lose their middle, and no letter is cut in two', () => {
    expect(shorten('camera-front-left', 40)).toBe('camera-front-left');
    expect(shorten('camera-front-left-wide', 11)).toBe('camera…wide');
    const robots = '🤖'.repeat(20);
    for (let most = 2; most < 20; most++) {
      const cut = shorten(robots, most);
      expect([...cut]).toHaveLength(most);
      expect([...cut].every((letter) => letter === '🤖' || letter === '…')).toBe(true);
    }
  });
});

it('times and shares have three digits, and the unit that suits them', () => {
  expect([0.0124, 0.5, 66, 109.17, 14_400].map(msShort)).toEqual(['12.4 µs', '0.5 ms', '66 ms', '109 ms', '14.4 s']);
  expect([0, 0.0167, 0.81, 2.06].map(shareText)).toEqual(['0 %', '1.7 %', '81 %', '206 %']);
});
