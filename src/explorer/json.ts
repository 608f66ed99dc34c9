/**
 * JSON as TensorRT's tools write it. They do not escape names, so a quote, a backslash or a control character in the
 * name of a layer breaks the file; a second pass mends such strings.
 */
import { fail, type Position } from '../base/problem.js';

export interface Parsed {
  readonly data: unknown;
  /** The file was no valid JSON and was mended. */
  readonly mended: boolean;
}

/** @throws ProblemError `file` with line and column of what cannot be read */
export function parseJson(text: string, file: string): Parsed {
  try {
    return { data: JSON.parse(text), mended: false };
  } catch (strict) {
    try {
      return { data: JSON.parse(mend(text)), mended: true };
    } catch {
      return fail(
        'file',
        `${file}: is no valid JSON: ${reason(strict as Error, text)}`,
        hintOf(text),
        place(strict as Error, text, file),
      );
    }
  }
}

const reason = (error: Error, text: string): string =>
  isCut(text) ? 'it ends in the middle' : error.message.replace(/ in JSON at position.*| \(line.*|, ".*$/s, '');

const isCut = (text: string): boolean => !/[\]}]\s*$/.test(text);

const hintOf = (text: string): string =>
  isCut(text)
    ? 'the file is cut short; copy it again, or let trtexec end before you take it'
    : 'write the file again with trtexec';

/** Node tells the place as a position, newer versions as line and column too. */
function place(error: Error, text: string, file: string): Position {
  const told = /position (\d+)/.exec(error.message)?.[1];
  const offset = told === undefined ? text.length : Math.min(Number(told), text.length);
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  return { file, line, column };
}

const STRUCTURE = /[,:}\]]/;
const VALUE_BEGIN = /["{[\d\-tfn]/;

/** Escapes what stands raw inside strings. Linear in the length of the text. */
function mend(text: string): string {
  const parts: string[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('"', at);
    if (open < 0) break;
    parts.push(text.slice(at, open + 1));
    const { body, end } = rawString(text, open + 1);
    parts.push(body, '"');
    at = end + 1;
  }
  parts.push(text.slice(at));
  return parts.join('');
}

const VALID_ESCAPE = /["\\/bfnrtu]/;

/** Reads to the quote that ends the string: the one that JSON's structure follows. */
function rawString(text: string, from: number): { body: string; end: number } {
  const out: string[] = [];
  for (let i = from; i < text.length; i++) {
    const char = text[i];
    if (char === '"') {
      if (closes(text, i)) return { body: out.join(''), end: i };
      out.push('\\"');
    } else if (char === '\\') {
      const next = text[i + 1] ?? '';
      if (VALID_ESCAPE.test(next) && !(next === '"' && closes(text, i + 1))) {
        out.push(char, next);
        i++;
      } else out.push('\\\\');
    } else out.push(char < ' ' ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : char);
  }
  return { body: out.join(''), end: text.length };
}

function closes(text: string, quote: number): boolean {
  let i = quote + 1;
  while (i < text.length && /\s/.test(text[i])) i++;
  if (i >= text.length) return true;
  if (!STRUCTURE.test(text[i])) return false;
  if (text[i] !== ',') return true;
  i++;
  while (i < text.length && /\s/.test(text[i])) i++;
  return VALUE_BEGIN.test(text[i] ?? '');
}

export type JsonObject = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
/** A number, also one that was written as a string. */
export function number(value: unknown): number | undefined {
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}
/** What a value is, in the words of a problem. */
export const kindOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'an object'
        : `a ${typeof value}`;
