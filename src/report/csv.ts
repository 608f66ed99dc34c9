/** ProfileReport -> CSV (RFC 4180): a row per task and repetition; a value that is not known is empty. */
import type { ProfileReport } from '../formats/report/report.js';
import { type Cell, flatTask, taskRows } from './rows.js';

/** A spreadsheet runs a cell that begins like this as a formula; a quote in front makes it text. */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: Cell): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One row per task. */
export function reportCsv(report: ProfileReport): string {
  const rows = taskRows(report).map(flatTask);
  if (rows.length === 0) return '';
  const head = Object.keys(rows[0]);
  return `${[head.map(cell), ...rows.map((r) => head.map((h) => cell(r[h])))].map((r) => r.join(',')).join('\r\n')}\r\n`;
}
