/** What the tables of the command line share. */
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

/** Without lines; @param left how many columns from the left hold words, the others hold numbers */
export const plainTable = (head: readonly string[], left: number): InstanceType<typeof Table> =>
  new Table({
    head: head.map((h) => pc.bold(h)),
    colAligns: head.map((_, i) => (i < left ? 'left' : 'right')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: NO_LINES,
  });

/** Colours of findings and problems. */
export const SEVERITY_COLOURS = { info: pc.blue, warning: pc.yellow, error: pc.red } as const;

/** A finding in two lines: what, and what to do. */
export const findingLine = (f: { severity: keyof typeof SEVERITY_COLOURS; message: string; advice: string }): string =>
  `${SEVERITY_COLOURS[f.severity](f.severity.padEnd(7))} ${f.message}\n        ${pc.dim(f.advice)}`;
