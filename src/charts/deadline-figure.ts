/**
 * Every job against its deadline: one row a task, the worst first. Left of the line is in time, right of it is late, what
 * was never done has a bar of its own.
 *
 *   x segmenter  |      __ #|##__ _   _|  // 120   never   83 ms   95 %
 *     GPU 12 Hz  0         deadline    2 x
 */
import { count, msShort, shareText } from '../base/text.js';
import { BIN_OF_DEADLINE, type DeadlineRow } from '../formats/report/deadline-rows.js';
import { fitText, type Mark, type Tone } from './marks.js';

/** Where a figure goes, and how large. */
export interface FigureBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly rowHeight: number;
  /** Of its text, points. */
  readonly size: number;
}

/** Words of the figure. */
export interface DeadlineWords {
  readonly deadline: string;
  readonly never: string;
  readonly neverDone: string;
  readonly p99: string;
  readonly missed: string;
  readonly noDeadline: string;
}

/** Shapes, the height of all, and where the rows lie. */
export interface DeadlineFigure {
  readonly marks: readonly Mark[];
  readonly height: number;
  readonly rows: readonly { readonly task: string; readonly top: number; readonly height: number }[];
}

const HEAD = 34;
const FOOT = 22;
const RANGES = [1.25, 1.5, 2, 2.5];
/** Share of the completed jobs that lies on the axis. */
const SHOWN = 0.995;
const SIGNS: Readonly<Record<NonNullable<DeadlineRow['verdict']>, readonly [string, Tone]>> = {
  fail: ['✗', 'late'],
  inconclusive: ['?', 'warn'],
  pass: ['✓', 'pass'],
};

/** Below this width the columns at the right have room for two. */
const NARROW = 700;

interface Axis {
  readonly left: number;
  readonly right: number;
  /** In deadlines. */
  readonly range: number;
  readonly narrow: boolean;
  readonly box: FigureBox;
}

/** The figure at a place. */
export function deadlineFigure(rows: readonly DeadlineRow[], box: FigureBox, words: DeadlineWords): DeadlineFigure {
  const narrow = box.width < NARROW;
  const unit = box.size / 13;
  const axis: Axis = {
    left: box.x + (narrow ? 104 : 178) * unit,
    right: box.x + box.width - (narrow ? 92 : 318) * unit,
    range: rangeOf(rows),
    narrow,
    box,
  };
  const top = box.y + HEAD * unit;
  const bottom = top + rows.length * box.rowHeight;
  return {
    marks: [
      ...frame(axis, top, bottom, words, rows),
      ...rows.flatMap((row, i) => rowMarks(row, top + i * box.rowHeight, axis, words)),
    ],
    height: bottom + FOOT * unit - box.y,
    rows: rows.map(({ task }, i) => ({ task, top: top + i * box.rowHeight, height: box.rowHeight })),
  };
}

/** The shortest axis on which nearly all jobs of every row lie. */
function rangeOf(rows: readonly DeadlineRow[]): number {
  const fits = (range: number): boolean =>
    rows.every(({ bins }) => {
      const all = bins.reduce((a, b) => a + b, 0);
      const inside = bins.slice(0, Math.round(range / BIN_OF_DEADLINE)).reduce((a, b) => a + b, 0);
      return all === 0 || inside >= SHOWN * all;
    });
  return RANGES.find(fits) ?? RANGES[RANGES.length - 1];
}

const at = ({ left, right, range }: Axis, used: number): number => left + (used / range) * (right - left);

function frame(axis: Axis, top: number, bottom: number, words: DeadlineWords, rows: readonly DeadlineRow[]): Mark[] {
  const shown = Math.round(axis.range / BIN_OF_DEADLINE);
  // The last bin is open.
  const beyond = rows.some(({ bins }) => bins.slice(Math.min(shown, bins.length - 1)).some((n) => n > 0));
  const { box, narrow } = axis;
  const small = box.size - 1;
  const edge = box.x + box.width;
  const unit = box.size / 13;
  const marks: Mark[] = [];
  for (let used = 0; used <= axis.range + 1e-9; used += 0.5) {
    const x = at(axis, used);
    const last = used + 0.5 > axis.range + 1e-9;
    marks.push({ kind: 'rect', x: x - 0.5, y: top, width: 1, height: bottom - top, tone: 'hair' });
    if (!(narrow && used % 1 !== 0 && !last))
      marks.push({
        kind: 'text',
        x,
        y: bottom + 16 * unit,
        text: used === 0 ? '0' : `${last && beyond ? '≥ ' : ''}${used} ×`,
        tone: 'dim',
        size: small,
        anchor: 'middle',
      });
  }
  const x = at(axis, 1);
  marks.push({ kind: 'rect', x: x - 1, y: top - 6 * unit, width: 2, height: bottom - top + 10 * unit, tone: 'ink' });
  marks.push({
    kind: 'text',
    x,
    y: top - 12 * unit,
    text: words.deadline,
    tone: 'ink',
    size: small,
    anchor: 'middle',
    bold: true,
  });
  const heads: readonly (readonly [string, number])[] = narrow
    ? [[words.missed, edge]]
    : [
        ...(rows.some((r) => r.never > 0) ? ([[words.neverDone, edge - 232 * unit]] as const) : []),
        [words.p99, edge - 150 * unit],
        [words.deadline, edge - 72 * unit],
        [words.missed, edge],
      ];
  for (const [text, right] of heads)
    marks.push({ kind: 'text', x: right, y: top - 12 * unit, text, tone: 'dim', size: small, anchor: 'end' });
  return marks;
}

function rowMarks(row: DeadlineRow, top: number, axis: Axis, words: DeadlineWords): Mark[] {
  const { box, narrow } = axis;
  const unit = box.size / 13;
  const base = top + box.rowHeight - 7 * unit;
  const middle = base - 13 * unit;
  const names = axis.left - box.x - 32 * unit;
  const [sign, tone] = row.verdict ? SIGNS[row.verdict] : ['', 'dim' as const];
  return [
    { kind: 'rect', x: axis.left, y: base, width: axis.right - axis.left, height: 1, tone: 'hair' },
    { kind: 'text', x: box.x + 4 * unit, y: middle + 3 * unit, text: sign, tone, size: box.size, bold: true },
    {
      kind: 'text',
      x: box.x + 22 * unit,
      y: middle - 2 * unit,
      text: fitText(row.task, names, box.size, true),
      tone: 'ink',
      size: box.size,
      bold: true,
    },
    {
      kind: 'text',
      x: box.x + 22 * unit,
      y: middle + 13 * unit,
      text: fitText(row.place, names, box.size - 1.5),
      tone: 'dim',
      size: box.size - 1.5,
    },
    ...bars(row, top, base, axis),
    ...neverBar(row, base, axis),
    ...figures(row, middle + 4 * unit, narrow, box, words),
  ];
}

/** Rare jobs are seen too. */
const LEAST_BAR = 2;

function bars({ bins }: DeadlineRow, top: number, base: number, axis: Axis): Mark[] {
  const shown = Math.round(axis.range / BIN_OF_DEADLINE);
  const counts = bins.slice(0, shown);
  const beyond = bins.slice(shown).reduce((a, b) => a + b, 0);
  if (counts.length > 0) counts[counts.length - 1] += beyond;
  const most = Math.max(1, ...counts);
  const room = base - top - 6;
  const wide = (axis.right - axis.left) / shown;
  const late = Math.round(1 / BIN_OF_DEADLINE);
  const marks: Mark[] = counts.flatMap((n, i): Mark[] => {
    if (n === 0) return [];
    const height = Math.max(LEAST_BAR, (n / most) * room);
    const rect = { x: axis.left + i * wide + 0.5, width: Math.max(0.8, wide - 1), y: base - height, height };
    return [{ kind: 'rect', ...rect, tone: i < late ? 'run' : 'late' }];
  });
  if (beyond > 0)
    marks.push({
      kind: 'text',
      x: axis.right + 2,
      y: base - 1,
      text: '›',
      tone: 'late',
      size: axis.box.size + 2,
      bold: true,
    });
  return marks;
}

/** As wide as its share of all releases. */
function neverBar({ never, released }: DeadlineRow, base: number, { right, narrow, box }: Axis): Mark[] {
  if (never === 0 || released === 0) return [];
  const unit = box.size / 13;
  const most = (narrow ? 34 : 62) * unit;
  const width = Math.max(4, (never / released) * most);
  const x = right + 12 * unit;
  return [
    { kind: 'rect', x, y: base - 22 * unit, width, height: 22 * unit, tone: 'drop', hatched: true },
    ...(narrow
      ? []
      : [
          {
            kind: 'text' as const,
            x: x + width + 6 * unit,
            y: base - 7 * unit,
            text: count(never),
            tone: 'dim' as const,
            size: box.size - 1,
          },
        ]),
  ];
}

function figures(
  { deadline, p99, missed, released }: DeadlineRow,
  y: number,
  narrow: boolean,
  box: FigureBox,
  words: DeadlineWords,
): Mark[] {
  const edge = box.x + box.width;
  const unit = box.size / 13;
  const share = released > 0 ? missed / released : 0;
  const over = p99 === 'inf' || (p99 !== undefined && deadline !== undefined && p99 > deadline);
  const cell = (text: string, right: number, tone: Tone, size: number, bold: boolean): Mark => ({
    kind: 'text',
    x: edge - right * unit,
    y,
    text,
    tone,
    size,
    anchor: 'end',
    bold,
  });
  const missedText = released === 0 || (deadline === undefined && missed === 0) ? '–' : shareText(share);
  const last = cell(missedText, 0, missed > 0 ? 'late' : 'ink', box.size + 2, true);
  if (narrow) return [last];
  return [
    cell(
      p99 === undefined ? '–' : p99 === 'inf' ? words.never : msShort(p99),
      150,
      over ? 'late' : 'ink',
      box.size,
      true,
    ),
    cell(deadline === undefined ? words.noDeadline : msShort(deadline), 72, 'dim', box.size, false),
    last,
  ];
}
