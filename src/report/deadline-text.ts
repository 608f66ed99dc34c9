/** Every job against its deadline, as lines of text of one width: for places that show no pictures. */
import { count, msShort, shareText, shorten } from '../base/text.js';
import type { DeadlineRow } from '../formats/report/deadline-rows.js';
import { VERDICT_SIGNS } from '../formats/report/report-words.js';

/** Bins of a row that share a letter. */
const PER_LETTER = 2;
const LETTERS = 25;
const DEADLINE_AT = 10;
const BLOCKS = ' ▁▂▃▄▅▆▇█';
const NAME = 20;

/** One line for each task: sign, name, jobs left and right of the deadline, never done, p99, deadline, missed. */
export function deadlineText(rows: readonly DeadlineRow[]): string[] {
  const name = Math.min(NAME, Math.max(0, ...rows.map((r) => [...r.task].length)));
  const wide = Math.min(LETTERS, Math.max(DEADLINE_AT + 2, ...rows.map((r) => Math.ceil(r.bins.length / PER_LETTER))));
  const pad = (text: string, width: number): string => text.padEnd(width);
  const head = `${' '.repeat(name + 3)}${' '.repeat(DEADLINE_AT)}↓ deadline${' '.repeat(Math.max(1, wide - DEADLINE_AT - 9))}  never done    p99 of all   deadline  missed`;
  const lines = rows.map((row) => {
    const p99 = row.p99 === undefined ? '–' : row.p99 === 'inf' ? 'never' : msShort(row.p99);
    const never = row.never > 0 ? count(row.never) : '';
    const deadline = row.deadline === undefined ? '–' : msShort(row.deadline);
    const missed = row.released > 0 ? shareText(row.missed / row.released) : '–';
    return `${row.verdict ? VERDICT_SIGNS[row.verdict] : ' '} ${pad(shorten(row.task, name), name)} ${pad(blocks(row), wide + 1)}  ${never.padStart(10)}  ${p99.padStart(12)}  ${deadline.padStart(9)}  ${missed.padStart(6)}`;
  });
  return rows.length > 0 ? [head, ...lines] : [];
}

/** The deadline is a line between two letters. */
function blocks({ bins }: DeadlineRow): string {
  const sums = Array.from({ length: Math.ceil(bins.length / PER_LETTER) }, (_, i) =>
    bins.slice(i * PER_LETTER, (i + 1) * PER_LETTER).reduce((a, b) => a + b, 0),
  );
  const most = Math.max(1, ...sums);
  const letters = sums.map((n) => BLOCKS[n === 0 ? 0 : Math.max(1, Math.ceil((n / most) * 8))]);
  const before = letters.slice(0, DEADLINE_AT).join('').padEnd(DEADLINE_AT);
  return `${before}│${letters.slice(DEADLINE_AT).join('')}`;
}
