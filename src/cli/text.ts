/** What the text of the command line shares: width, wrapped words, tables. */
import Table from 'cli-table3';
import pc from 'picocolors';

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

const NARROWEST = 40;

/** Columns of a stream: those of the terminal, or what COLUMNS says; a file or a pipe has no end. */
export function widthOf({ isTTY, columns }: { isTTY?: boolean; columns?: number }): number {
  const told = Number(process.env.COLUMNS);
  const width = isTTY ? columns || 80 : told > 0 ? told : Number.POSITIVE_INFINITY;
  return Math.max(NARROWEST, width);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes of a terminal
const ESCAPES = /\x1b\[[0-9;]*m/g;

/** Columns that a text takes, colours left out. */
export const lengthOf = (text: string): number => text.replace(ESCAPES, '').length;

/** Breaks at words. @param indent of all lines but the first @param first columns that stand before the first line */
export function wrap(text: string, width: number, indent = 0, first = 0): string {
  if (!Number.isFinite(width)) return text;
  const pad = ' '.repeat(indent);
  return text
    .split('\n')
    .map((line, i) => {
      const lines: string[] = [];
      let current = '';
      let room = width - (i === 0 ? first : indent);
      for (const word of line.split(' ')) {
        const longer = current === '' ? word : `${current} ${word}`;
        if (current === '' || lengthOf(longer) <= room) current = longer;
        else {
          lines.push(current);
          current = word;
          room = width - indent;
        }
      }
      lines.push(current);
      return lines.join(`\n${pad}`);
    })
    .join(`\n${pad}`);
}

/** Without lines; @param left how many columns from the left hold words, the others hold numbers */
export const plainTable = (head: readonly string[], left: number): InstanceType<typeof Table> =>
  new Table({
    head: head.map((h) => pc.bold(h)),
    colAligns: head.map((_, i) => (i < left ? 'left' : 'right')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: NO_LINES,
  });

/** A column of a table that gives way where there is no room. */
export interface Column<T> {
  readonly head: string;
  /** Columns with higher numbers give way first. */
  readonly rank: number;
  readonly cell: (row: T) => string;
}

const GAP = 2;

/** The columns that fit into a width, in their order; the first always stays. */
export function fitting<T>(columns: readonly Column<T>[], rows: readonly T[], width: number): Column<T>[] {
  const size = ({ head, cell }: Column<T>): number =>
    Math.max(lengthOf(head), ...rows.map((r) => lengthOf(cell(r)))) + GAP;
  const kept = new Set<Column<T>>();
  let used = 0;
  for (const column of [...columns].sort((a, b) => a.rank - b.rank)) {
    used += size(column);
    if (kept.size > 0 && used > width) break;
    kept.add(column);
  }
  return columns.filter((c) => kept.has(c));
}

/** Such a table as text. */
export function tableText<T>(columns: readonly Column<T>[], rows: readonly T[], width: number): string {
  const shown = fitting(columns, rows, width);
  const out = plainTable(
    shown.map((c) => c.head),
    1,
  );
  for (const row of rows) out.push(shown.map((c) => c.cell(row)));
  return out
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Colours of findings and problems. */
export const SEVERITY_COLOURS = { info: pc.blue, warning: pc.yellow, error: pc.red } as const;

/** A finding: what, and what to do. */
export const findingLine = (
  f: { severity: keyof typeof SEVERITY_COLOURS; message: string; advice: string },
  width = Number.POSITIVE_INFINITY,
): string => {
  const indent = 8;
  return `${SEVERITY_COLOURS[f.severity](f.severity.padEnd(7))} ${wrap(f.message, width, indent, indent)}\n${' '.repeat(indent)}${pc.dim(wrap(f.advice, width, indent, indent))}`;
};
