/** A report as one picture to show to others: the answer, why, and every job against its deadline. */
import type { DeadlineRow } from '../formats/report/deadline-rows.js';
import { type DeadlineWords, deadlineFigure } from './deadline-figure.js';
import { fitText, type Mark, marksSvg, type Tone, textWidth, wrapText } from './marks.js';

/** What a card says. */
export interface Card {
  readonly title: string;
  /** Run, device, when, for how long. */
  readonly subtitle: string;
  readonly verdict: string;
  readonly tone: Extract<Tone, 'late' | 'warn' | 'pass' | 'dim'>;
  readonly headline: string;
  readonly reasons: readonly string[];
  readonly meters: readonly CardMeter[];
  readonly rows: readonly DeadlineRow[];
  /** Under the heading of the figure. */
  readonly about: string;
}

/** Time that is asked of an engine. */
export interface CardMeter {
  readonly label: string;
  readonly asked: number;
  readonly text: string;
  readonly over: boolean;
  readonly parts: readonly number[];
}

/** The words of a card. */
export const CARD_WORDS: DeadlineWords & { readonly every: string; readonly asked: string; readonly more: string } = {
  deadline: 'deadline',
  never: 'never',
  neverDone: 'never done',
  p99: 'p99 of all',
  missed: 'missed',
  noDeadline: 'none',
  every: 'Every job against its deadline',
  asked: 'Time that the models need, of the time there is',
  more: 'more',
};

/** px, as pages show it beside a link. */
export const [CARD_WIDTH, CARD_HEIGHT] = [1200, 630] as const;
const MARGIN = 24;
const METER_LEFT = 745;

/** The card as an SVG document. */
export function cardSvg(card: Card): string {
  const { marks: head, bottom } = headMarks(card);
  const top = Math.max(bottom, 96 + card.meters.length * 28) + 18;
  return marksSvg(
    [...head, ...meterMarks(card.meters), ...figureMarks(card, top)],
    CARD_WIDTH,
    CARD_HEIGHT,
    `${card.title}: ${card.headline}`,
  );
}

const HEADLINE = { size: 31, line: 37, most: 2 } as const;
const REASON = { size: 16.5, line: 23, most: 4 } as const;

function headMarks({ title, subtitle, verdict, tone, headline, reasons }: Card): { marks: Mark[]; bottom: number } {
  const pill = textWidth(verdict, 14, true) + 26;
  const room = (cards: boolean): number => (cards ? METER_LEFT : CARD_WIDTH) - 2 * MARGIN;
  const name = fitText(title, 460, 15, true);
  const marks: Mark[] = [
    { kind: 'text', x: MARGIN, y: 27, text: name, tone: 'ink', size: 15, bold: true },
    {
      kind: 'text',
      x: MARGIN + textWidth(name, 15, true) + 14,
      y: 27,
      text: fitText(subtitle, CARD_WIDTH - 2 * MARGIN - textWidth(name, 15, true) - 14, 14),
      tone: 'dim',
      size: 14,
    },
    { kind: 'rect', x: 0, y: 42, width: CARD_WIDTH, height: 1, tone: 'hair' },
    { kind: 'rect', x: MARGIN, y: 58, width: pill, height: 26, tone: tone === 'dim' ? 'dim' : tone, round: 13 },
    {
      kind: 'text',
      x: MARGIN + pill / 2,
      y: 76,
      text: verdict,
      tone: 'surface',
      size: 14,
      anchor: 'middle',
      bold: true,
    },
  ];
  let y = 88;
  const put = (lines: readonly string[], style: { size: number; line: number }, toneOf: Tone, bold: boolean): void => {
    for (const text of lines) {
      y += style.line;
      marks.push({ kind: 'text', x: MARGIN, y, text, tone: toneOf, size: style.size, bold });
    }
  };
  put(cut(wrapText(headline, room(true), HEADLINE.size, true), HEADLINE.most), HEADLINE, 'ink', true);
  y += 6;
  put(cut(wrapText(reasons.join(' '), room(true), REASON.size), REASON.most), REASON, 'dim', false);
  return { marks, bottom: y + 10 };
}

const cut = (lines: readonly string[], most: number): string[] =>
  lines.length <= most ? [...lines] : [...lines.slice(0, most - 1), `${lines[most - 1]} …`];

const MOST_METERS = 4;

function meterMarks(meters: readonly CardMeter[]): Mark[] {
  if (meters.length === 0) return [];
  const [left, right] = [METER_LEFT + 62, CARD_WIDTH - MARGIN - 122];
  const most = Math.max(1.25, ...meters.map((m) => m.asked));
  const x = (share: number): number => left + (share / most) * (right - left);
  const shown = meters.slice(0, MOST_METERS);
  const marks: Mark[] = [
    { kind: 'text', x: METER_LEFT, y: 72, text: CARD_WORDS.asked, tone: 'dim', size: 13, bold: true },
  ];
  shown.forEach(({ label, parts, text, over }, i) => {
    const y = 86 + i * 28;
    marks.push({ kind: 'text', x: METER_LEFT, y: y + 14, text: fitText(label, 60, 14), tone: 'ink', size: 14 });
    let from = 0;
    for (const part of parts) {
      const to = from + part;
      const edge = Math.min(1, to);
      if (edge > from)
        marks.push({
          kind: 'rect',
          x: x(from),
          y,
          width: Math.max(0.8, x(edge) - x(from) - 1),
          height: 17,
          tone: 'run',
          round: 2,
        });
      if (to > 1) {
        const begin = Math.max(1, from);
        marks.push({
          kind: 'rect',
          x: x(begin),
          y,
          width: Math.max(0.8, x(to) - x(begin) - 1),
          height: 17,
          tone: 'late',
          round: 2,
        });
      }
      from = to;
    }
    marks.push({
      kind: 'text',
      x: CARD_WIDTH - MARGIN,
      y: y + 14,
      text,
      tone: over ? 'late' : 'ink',
      size: 14,
      anchor: 'end',
      bold: over,
    });
  });
  const bottom = 86 + shown.length * 28;
  marks.push({ kind: 'rect', x: x(1) - 1, y: 82, width: 2, height: bottom - 86, tone: 'ink' });
  marks.push({ kind: 'text', x: x(1), y: bottom + 12, text: '100 %', tone: 'dim', size: 12, anchor: 'middle' });
  return marks;
}

const [ROW, LEAST_ROW] = [68, 40];

function figureMarks({ rows, about }: Card, top: number): Mark[] {
  const title: Mark[] = [
    { kind: 'text', x: MARGIN, y: top + 12, text: CARD_WORDS.every, tone: 'ink', size: 16, bold: true },
    {
      kind: 'text',
      x: MARGIN + textWidth(CARD_WORDS.every, 16, true) + 16,
      y: top + 12,
      text: about,
      tone: 'dim',
      size: 13.5,
    },
  ];
  const begin = top + 18;
  const room = CARD_HEIGHT - begin - 34 - 28;
  const fitting = Math.max(1, Math.floor(room / LEAST_ROW));
  const shown = rows.slice(0, rows.length > fitting ? fitting : rows.length);
  const rowHeight = Math.min(ROW, Math.floor(room / Math.max(1, shown.length)));
  const { marks } = deadlineFigure(
    shown,
    { x: MARGIN, y: begin, width: CARD_WIDTH - 2 * MARGIN, rowHeight, size: 14 },
    CARD_WORDS,
  );
  const left = rows.length - shown.length;
  return [
    ...title,
    ...marks,
    ...(left > 0
      ? [
          {
            kind: 'text' as const,
            x: MARGIN + 22,
            y: CARD_HEIGHT - 10,
            text: `+ ${left} ${CARD_WORDS.more}`,
            tone: 'dim' as const,
            size: 13,
          },
        ]
      : []),
  ];
}
