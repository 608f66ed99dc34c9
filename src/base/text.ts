/** Numbers as people read them, the same in the terminal, in documents and on pages. */

const LOCALE = 'en-US';

/** A share as `12.3 %`. */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
/** A whole number with separators. */
export const count = (n: number): string => n.toLocaleString(LOCALE);

/** A size in KiB, MiB or GiB. */
export function bytes(n: number): string {
  if (n >= 2 ** 30) return `${(n / 2 ** 30).toFixed(2)} GiB`;
  if (n >= 2 ** 20) return `${(n / 2 ** 20).toFixed(1)} MiB`;
  return n >= 1024 ? `${(n / 1024).toFixed(1)} KiB` : `${n} B`;
}

/** 12.3 G, 4.56 T */
export function metric(n: number): string {
  if (n >= 1e12) return `${(n / 1e12).toFixed(2)} T`;
  if (n >= 1e9) return `${(n / 1e9).toFixed(2)} G`;
  if (n >= 1e6) return `${(n / 1e6).toFixed(2)} M`;
  return n >= 1e3 ? `${(n / 1e3).toFixed(1)} k` : String(Math.round(n));
}

/** With a sign. */
export const difference = (ms: number, show: (ms: number) => string): string =>
  `${ms < 0 ? '−' : '+'}${show(Math.abs(ms))}`;

const SYMBOLS: Readonly<Record<string, string>> = { percent: '%', C: '°C' };

/** A value of a series: 1.25 GiB of bytes, 5.30 W of mW, 61 °C, 42 %. */
export function withUnit(value: number, unit: string): string {
  if (unit === 'bytes') return bytes(value);
  if (unit === 'mW') return `${(value / 1000).toFixed(2)} W`;
  return `${Number(value.toPrecision(4))} ${SYMBOLS[unit] ?? unit}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes of a terminal
const COLOURS = /\x1b\[[0-9;]*m/g;

/** A line without the colours of a terminal. */
export const withoutColours = (line: string): string => line.replace(COLOURS, '').trimEnd();

/** The middle is left out: beginnings and ends of names tell them apart. */
export function shorten(text: string, most: number): string {
  // By letters, so that no emoji is cut in two.
  const letters = [...text];
  if (letters.length <= most) return text;
  const head = Math.ceil((most - 1) * 0.6);
  return `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (most - 1 - head)).join('')}`;
}

/** `25 s`, `12 min`, `1 h 20 min`. */
export function spanText(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toPrecision(3))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest > 0 ? ` ${rest} min` : ''}`;
}

/** A time of a layer, ms: the digits that matter, so that columns of them can be compared. */
export function timeText(ms: number): string {
  if (ms === 0) return '0 ms';
  return ms < 0.1 ? `${(ms * 1000).toFixed(ms < 0.01 ? 2 : 1)} µs` : `${ms.toFixed(ms < 10 ? 3 : 1)} ms`;
}

/** A time of a job, ms: three digits that matter. */
export function msText(ms: number): string {
  const size = Math.abs(ms);
  if (size === 0) return '0 ms';
  if (size < 0.01) return `${(ms * 1000).toFixed(1)} µs`;
  return `${ms.toFixed(size < 1 ? 3 : size < 100 ? 2 : 1)} ms`;
}

/** A number with three digits that matter and no zeros behind them: 109, 68.9, 66, 1,234. */
export const digits3 = (value: number): string =>
  Math.abs(value) >= 1000 ? count(Math.round(value)) : String(Number(value.toPrecision(3)));

/** A time of a job, ms, where room is short: 109 ms, 68.9 ms, 66 ms, 12.4 µs, 14.4 s. */
export function msShort(ms: number): string {
  const size = Math.abs(ms);
  if (size > 0 && size < 0.1) return `${digits3(ms * 1000)} µs`;
  return size >= 10_000 ? `${digits3(ms / 1000)} s` : `${digits3(ms)} ms`;
}

/** A share as people say it: 53 %, 9.6 %, 0.96 %, 100 % only where it is all. */
export function shareText(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 10) return `${Number(percent.toPrecision(2))} %`;
  const whole = Math.round(percent);
  return whole === 100 && share < 1 ? `${Math.floor(percent * 10) / 10} %` : `${whole} %`;
}

/** XML 1.0 knows no control characters but these three, and no lone surrogates. */
const NOT_IN_XML = /(?![\t\n\r])\p{Cc}|[\u{FFFE}\u{FFFF}]|\p{Cs}/gu;

/** Text inside an element or an attribute of XML or HTML. */
export const escapeXml = (text: string): string =>
  text.replace(NOT_IN_XML, '\uFFFD').replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** Control characters, and those that turn the direction of text. */
const NOT_PRINTABLE = /(?!\n)\p{Cc}|[\u{202A}-\u{202E}\u{2066}-\u{2069}]/gu;

/** Names come from files of any origin; what would steer a terminal is shown as a sign instead. */
export const printable = (text: string): string =>
  text.replace(NOT_PRINTABLE, (c) => {
    const code = c.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\uFFFD';
  });

/** The same for every text inside of a value, its keys too. */
export function printableAll<T>(value: T): T {
  if (typeof value === 'string') return printable(value) as T;
  if (Array.isArray(value)) return value.map(printableAll) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [printable(k), printableAll(v)])) as T;
}
