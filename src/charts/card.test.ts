import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeadlineRow } from '../formats/report/deadline-rows.js';
import { CARD_HEIGHT, CARD_WIDTH, CARD_WORDS, type Card, cardSvg } from './card.js';
import { deadlineFigure } from './deadline-figure.js';
import { fitText, textWidth, wrapText } from './marks.js';

const row = (task: string, more: Partial<DeadlineRow> = {}): DeadlineRow => ({
  task,
  place: 'GPU · 15 Hz',
  deadline: 66,
  bins: [0, 0, 5, 10, 20, ...new Array<number>(15).fill(2), 7, 3],
  never: 0,
  released: 75,
  missed: 10,
  p99: 70,
  verdict: 'fail',
  ...more,
});
const card = (rows: readonly DeadlineRow[], more: Partial<Card> = {}): Card => ({
  title: 'robot',
  subtitle: 'bench · 20 s measured',
  verdict: '✗  FAIL',
  tone: 'late',
  headline: 'Does not fit: 4 of 6 models miss their deadlines.',
  reasons: ['The GPU is asked for 208 % of its time.'],
  meters: [{ label: 'GPU', asked: 2.08, text: '208 % too much', over: true, parts: [1.18, 0.9] }],
  rows,
  about: 'all 75 releases',
  ...more,
});
const box = { x: 0, y: 0, width: 1000, rowHeight: 46, size: 13 };

describe('the figure', () => {
  it('is blue up to the deadline and red behind it, with the line between', () => {
    const { marks } = deadlineFigure([row('detector')], box, CARD_WORDS);
    const rects = marks.filter((m) => m.kind === 'rect');
    const line = rects.find((m) => m.tone === 'ink' && m.width === 2);
    const middle = (line?.x ?? 0) + 1;
    for (const { tone, x, width } of rects) {
      if (tone === 'run') expect(x + width).toBeLessThanOrEqual(middle);
      if (tone === 'late') expect(x).toBeGreaterThanOrEqual(middle);
    }
    expect(rects.filter((m) => m.tone === 'late')).toHaveLength(2);
  });

  it('has a hatched bar for what was never done, and says never where the p99 has none', () => {
    const { marks } = deadlineFigure([row('segmenter', { never: 30, p99: 'inf' })], box, CARD_WORDS);
    expect(marks.filter((m) => m.kind === 'rect' && m.hatched)).toHaveLength(1);
    expect(marks.filter((m) => m.kind === 'text').map((m) => m.text)).toEqual(expect.arrayContaining(['never', '30']));
  });

  it('draws nothing outside of its box, whatever it is given', () => {
    const any = fc.record({
      task: fc.string({ maxLength: 80 }),
      bins: fc.array(fc.nat(1000), { maxLength: 50 }),
      never: fc.nat(50),
      released: fc.nat(5000),
      missed: fc.nat(60),
      width: fc.integer({ min: 300, max: 3000 }),
    });
    fc.assert(
      fc.property(any, ({ width, ...more }) => {
        const released = Math.max(more.released, more.never, more.missed);
        const figure = deadlineFigure([row('x', { ...more, released })], { ...box, width }, CARD_WORDS);
        for (const m of figure.marks)
          if (m.kind === 'rect') {
            expect(m.x).toBeGreaterThanOrEqual(-1);
            expect(m.x + m.width).toBeLessThanOrEqual(width + 1);
            expect(m.height).toBeGreaterThanOrEqual(0);
            expect(m.y + m.height).toBeLessThanOrEqual(figure.height);
          }
      }),
    );
  });
});

describe('the card', () => {
  it('keeps its size for one task and for forty, and says how many are left out', () => {
    const forty = Array.from({ length: 40 }, (_, i) => row(`camera-front-left-${i}`));
    for (const rows of [[row('a')], forty]) {
      const svg = cardSvg(card(rows));
      expect(svg).toContain(`width="${CARD_WIDTH}" height="${CARD_HEIGHT}"`);
      for (const [, y] of svg.matchAll(/ y="([\d.]+)"/g)) expect(Number(y)).toBeLessThanOrEqual(CARD_HEIGHT);
    }
    expect(cardSvg(card(forty))).toMatch(/\+ 3\d more/);
  });

  it('takes names as text', () => {
    const svg = cardSvg(card([row('<script>&"')], { title: '</svg><script>alert(1)</script>' }));
    expect(svg).not.toMatch(/<script/);
    expect(svg.match(/<\/svg>/g)).toHaveLength(1);
  });
});

describe('texts of pictures', () => {
  it('fit where they are put', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.integer({ min: 30, max: 400 }), (text, width) => {
        expect(textWidth(fitText(text, width, 13), 13)).toBeLessThanOrEqual(Math.max(width, textWidth('…', 13)));
      }),
    );
    const names = Array.from({ length: 9 }, (_, i) => fitText(`camera-front-left-detector-0${i}`, 90, 13));
    expect(new Set(names).size).toBe(9);
  });
  it('lose no word in lines', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), (words) => {
        expect(wrapText(words.join(' '), 200, 14).join(' ')).toBe(words.join(' '));
      }),
    );
  });
});
