/**
 * JSON as TensorRT's tools write it. They do not escape names, so a quote, a backslash or a control character in the
 * name of a layer breaks the file; a second pass mends such strings.
 */
import { fail, type Position } from '../base/problem.js';
import { errorOffset } from './json-offset.js';

/** A file of ten thousand layers has a quarter of this; to mend a larger one would keep a person waiting for nothing. */
const MOST_MENDED = 32 * 1024 * 1024;

/** Data of a JSON text, and whether it had to be mended. */
export interface Parsed {
  readonly data: unknown;
  /** The file was no valid JSON and was mended. */
  readonly mended: boolean;
}

/** @throws ProblemError `file` with line and column of what cannot be read */
export function parseJson(text: string, file: string): Parsed {
  checkDepth(text, file);
  const attempts = [() => text, ...(text.includes('"timeMs"') ? [() => mendNames(text)] : []), () => mend(text)];
  for (const [i, attempt] of attempts.entries()) {
    try {
      return { data: JSON.parse(attempt()), mended: i > 0 };
    } catch {
      // What is missing at the end cannot be mended; the next attempt mends more.
      if (text.length > MOST_MENDED || isCut(text)) break;
    }
  }
  const offset = errorOffset(text);
  const cut = isCut(text) || offset >= text.trimEnd().length;
  const reason = cut ? 'it ends in the middle' : `"${text.slice(offset, offset + 20).split('\n')[0]}" is not expected`;
  const hint = cut
    ? 'the file is cut short; copy it again, or let what writes it end before you take it'
    : 'write the file again';
  return fail('file', `${file}: is no valid JSON: ${reason}`, hint, place(text, offset, file));
}

const isCut = (text: string): boolean => !/[\]}]$/.test(text.trimEnd().slice(-1));

/** No file of an engine nests deeper; beyond some thousand levels JSON cannot be written again. */
const MOST_LEVELS = 200;

/** A quote that stands raw in a name only shifts what counts as a string; the limit is far above what a name can hold. */
function checkDepth(text: string, file: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) inString = !inString;
    else if (code === BACKSLASH) i++;
    else if (inString) continue;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) depth++;
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
    if (depth > MOST_LEVELS)
      fail(
        'file',
        `${file}: nests more than ${MOST_LEVELS} levels deep`,
        'no file of an engine does',
        place(text, i, file),
      );
  }
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [...'"\\[]{}'].map((c) => c.charCodeAt(0));

function place(text: string, offset: number, file: string): Position {
  const before = text.slice(0, offset);
  return { file, line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

const STRUCTURE = /[,:}\]]/;
const VALUE_BEGIN = /["{[\d\-tfn]/;

/** The lines of a profile have one shape, so that what stands between is the name, whatever is in it. */
const PROFILE_NAME = /("name"\s*:\s*")([^\n]*?)("\s*,\s*"timeMs"\s*:)/g;

const mendNames = (text: string): string =>
  text.replace(PROFILE_NAME, (_, begin, name, end) => begin + JSON.stringify(name).slice(1, -1) + end);

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

const SPECIAL = /["\\]|\p{Cc}/gu;

/** Reads to the quote that ends the string: the one that JSON's structure follows. */
function rawString(text: string, from: number): { body: string; end: number } {
  const out: string[] = [];
  let start = from;
  SPECIAL.lastIndex = from;
  for (let found = SPECIAL.exec(text); found; found = SPECIAL.exec(text)) {
    const at = found.index;
    out.push(text.slice(start, at));
    start = at + 1;
    if (found[0] === '"') {
      if (closes(text, at)) return { body: out.join(''), end: at };
      out.push('\\"');
    } else if (found[0] !== '\\') out.push(`\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`);
    else if (VALID_ESCAPE.test(text[at + 1] ?? '') && !(text[at + 1] === '"' && closes(text, at + 1))) {
      out.push(text.slice(at, at + 2));
      start = at + 2;
      SPECIAL.lastIndex = start;
    } else out.push('\\\\');
  }
  out.push(text.slice(start));
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

/** A JSON object whose values were not looked at yet. */
export type JsonObject = Readonly<Record<string, unknown>>;
/** Neither null nor a list. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** A value as text; empty for what is none. */
export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
/** A number, also one that was written as a string. */
export function number(value: unknown): number | undefined {
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}
/** What a value is, in the words of a problem. */
export const kindOf = (value: unknown): string =>
  value === undefined
    ? 'missing'
    : value === null
      ? 'null'
      : Array.isArray(value)
        ? 'a list'
        : typeof value === 'object'
          ? 'an object'
          : `a ${typeof value}`;
