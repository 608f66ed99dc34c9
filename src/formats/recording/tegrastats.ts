/**
 * Lines of NVIDIA's tegrastats (JetPack 1 to 7), and lines of the same grammar that our own sampler writes elsewhere.
 * Tokens come in any order; names are used twice (CPU is a list, a temperature or a power rail), so the form decides.
 * Unknown words are kept, never fatal. A value that the line does not state is absent, not zero.
 */
export type Token =
  | { readonly kind: 'time'; readonly name: 'time'; readonly text: string }
  | {
      readonly kind: 'memory';
      readonly name: string;
      readonly usedMb: number;
      readonly totalMb: number;
      readonly cachedMb?: number;
    }
  | { readonly kind: 'cpu'; readonly name: 'CPU'; readonly cores: readonly Core[] }
  | { readonly kind: 'mts'; readonly name: 'MTS'; readonly foreground: number; readonly background: number }
  | { readonly kind: 'temperature'; readonly name: string; readonly celsius?: number; readonly maxCelsius?: number }
  | {
      readonly kind: 'power';
      readonly name: string;
      readonly milliwatts: number;
      readonly averageMilliwatts: number;
      readonly maxMilliwatts?: number;
    }
  | {
      readonly kind: 'engine';
      readonly name: string;
      readonly on: boolean;
      readonly load?: number;
      readonly clocks?: readonly number[];
    }
  /** Highest clock (MHz) that the electrical design point grants now. */
  | { readonly kind: 'limit'; readonly name: string; readonly clock: number }
  | { readonly kind: 'unknown'; readonly name: string };

/** `off` cores have neither. */
export interface Core {
  readonly load?: number;
  readonly clock?: number;
}

/** Zones that are off-line read this. */
const OFF_LINE = -256;
const MAX_LINE = 65_536;

const number = (text: string | undefined): number | undefined =>
  text === undefined || text === '' ? undefined : Number(text);

interface Rule {
  readonly pattern: RegExp;
  readonly read: (match: RegExpExecArray) => Token;
}

const NUMBER = String.raw`-?\d+(?:\.\d+)?`;
const sticky = (source: string): RegExp => new RegExp(`${source}(?=\\s|$)`, 'y');
const unitScale = (unit: string): number => (unit === 'k' ? 1 / 1024 : unit === 'G' ? 1024 : 1);

/** Tried in this order at each place of a line. */
const RULES: readonly Rule[] = [
  {
    pattern: sticky(String.raw`(\d\d-\d\d-\d{4} \d\d:\d\d:\d\d)`),
    read: ([, text = '']) => ({ kind: 'time', name: 'time', text }),
  },
  {
    pattern: sticky(
      String.raw`(RAM|SWAP|IRAM) +(\d+)/(\d+)([kMG])B *(?:\((?:lfb (?:\d+x)?\d+[kM]B|cached (\d+)MB)\))?`,
    ),
    read: ([, name = '', used, total, unit = 'M', cached]) => ({
      kind: 'memory',
      name,
      usedMb: Number(used) * unitScale(unit),
      totalMb: Number(total) * unitScale(unit),
      ...(cached === undefined ? {} : { cachedMb: Number(cached) }),
    }),
  },
  {
    pattern: sticky(String.raw`(?:CPU|cpu) +\[([^\]]*)\](?:@(\d+))?`),
    read: ([, list = '', clock]) => ({
      kind: 'cpu',
      name: 'CPU',
      cores: list.split(',').map((text) => core(text.trim(), number(clock))),
    }),
  },
  {
    pattern: sticky(String.raw`MTS +fg +(\d+)% +bg +(\d+)%`),
    read: ([, fg, bg]) => ({ kind: 'mts', name: 'MTS', foreground: Number(fg), background: Number(bg) }),
  },
  {
    pattern: sticky(String.raw`([A-Za-z][\w.-]*)@(${NUMBER})C(?:/(${NUMBER})C)?`),
    read: ([, name = '', now, max]) => ({
      kind: 'temperature',
      name,
      ...(Number(now) === OFF_LINE ? {} : { celsius: Number(now) }),
      ...(max === undefined || Number(max) === OFF_LINE ? {} : { maxCelsius: Number(max) }),
    }),
  },
  {
    pattern: sticky(String.raw`([A-Za-z][\w.-]*) +(\d+)(?:mW)?/(\d+)(?:mW)?(?:/(\d+)(?:mW)?)?`),
    read: ([, name = '', now, average, max]) => ({
      kind: 'power',
      name,
      milliwatts: Number(now),
      averageMilliwatts: Number(average),
      ...(max === undefined ? {} : { maxMilliwatts: Number(max) }),
    }),
  },
  {
    pattern: sticky(String.raw`EDP +limit +(\d+)`),
    read: ([, clock]) => ({ kind: 'limit', name: 'EDP', clock: Number(clock) }),
  },
  {
    pattern: sticky(String.raw`([A-Z][A-Z0-9_]*) +(?:(off)|(?:(\d+)%)?(?:@(?:\[([\d,]*)\]|(\d+)))?|(\d+))`),
    read: ([, name = '', off, load, list, clock, bare]) => engine(name, { off, load, clocks: list ?? clock ?? bare }),
  },
];

function core(text: string, clock: number | undefined): Core {
  const match = /^(\d+)%(?:@(\d+))?$/.exec(text);
  if (!match) return {};
  const own = number(match[2]) ?? clock;
  return { load: Number(match[1]), ...(own === undefined ? {} : { clock: own }) };
}

const engine = (
  name: string,
  parts: { off: string | undefined; load: string | undefined; clocks: string | undefined },
): Token => ({
  kind: 'engine',
  name: name.replace(/_FREQ$/, ''),
  on: parts.off === undefined,
  ...(parts.load === undefined ? {} : { load: Number(parts.load) }),
  ...(parts.clocks === undefined || parts.clocks === '' ? {} : { clocks: parts.clocks.split(',').map(Number) }),
});

/** Every token of a line, in its order. */
export function parseTegrastats(line: string): Token[] {
  const text = line.slice(0, MAX_LINE).trim();
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at++;
      continue;
    }
    const found = match(text, at);
    if (found) {
      tokens.push(found.token);
      at = found.end;
      continue;
    }
    const end = text.slice(at).search(/\s/);
    const word = end < 0 ? text.slice(at) : text.slice(at, at + end);
    tokens.push({ kind: 'unknown', name: word });
    at += word.length;
  }
  return tokens;
}

function match(text: string, at: number): { token: Token; end: number } | undefined {
  for (const { pattern, read } of RULES) {
    pattern.lastIndex = at;
    const result = pattern.exec(text);
    // An engine with neither state, load nor clock is no engine: the next word is something else.
    if (result && result[0].trimEnd().includes(' ') === false && !/@|^\d\d-/.test(result[0])) continue;
    if (result) return { token: read(result), end: pattern.lastIndex };
  }
  return undefined;
}

/** One value of a line under the name of its series. */
export interface Reading {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
}

const MB = 1048576;
const ENGINE_NAMES: Record<string, string> = { GR3D: 'gpu', GR3D2: 'gpu.2' };

/** The values of a line as readings of series; the same names whichever probe wrote the line. */
export function readingsOf(tokens: readonly Token[]): Reading[] {
  const seen = new Map<string, number>();
  return tokens.flatMap((token) => {
    if (token.kind !== 'temperature') return readingsOfToken(token);
    // Several zones of one name are numbered, as the zones of /sys are.
    const before = seen.get(token.name) ?? 0;
    seen.set(token.name, before + 1);
    return readingsOfToken(before === 0 ? token : { ...token, name: `${token.name}${before}` });
  });
}

const reading = (name: string, unit: string, value: number | undefined): Reading[] =>
  value === undefined ? [] : [{ name, unit, value }];

function readingsOfToken(token: Token): Reading[] {
  switch (token.kind) {
    case 'memory': {
      const name = token.name.toLowerCase();
      return [
        ...reading(`${name}_used`, 'bytes', token.usedMb * MB),
        ...reading(`${name}_total`, 'bytes', token.totalMb * MB),
      ];
    }
    case 'cpu': {
      const loads = token.cores.flatMap((c) => (c.load === undefined ? [] : [c.load]));
      const mean = loads.length === 0 ? undefined : loads.reduce((a, b) => a + b, 0) / loads.length;
      return [
        ...reading('cpu.mean', 'percent', mean),
        ...token.cores.flatMap((c, i) => [
          ...reading(`cpu.${i}`, 'percent', c.load),
          ...reading(`cpu.${i}.clock`, 'MHz', c.clock),
        ]),
      ];
    }
    case 'temperature':
      return reading(`temperature.${token.name.toLowerCase()}`, 'C', token.celsius);
    case 'power':
      return token.name === 'NC' ? [] : reading(`power.${token.name}`, 'mW', token.milliwatts);
    case 'limit':
      return token.clock > 0 ? reading(`${token.name.toLowerCase()}.limit`, 'MHz', token.clock) : [];
    case 'engine': {
      const name = ENGINE_NAMES[token.name] ?? token.name.toLowerCase();
      const clock = token.clocks?.length ? Math.max(...token.clocks) : undefined;
      return [...reading(`${name}.load`, 'percent', token.load), ...reading(`${name}.clock`, 'MHz', clock)];
    }
    default:
      return [];
  }
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `MM-DD-YYYY HH:MM:SS` in local time. */
export const tegrastatsTime = (at: Date): string =>
  `${two(at.getMonth() + 1)}-${two(at.getDate())}-${at.getFullYear()} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;

/** One line of the grammar; only tokens that were read. */
export function formatTegrastats(tokens: readonly Token[]): string {
  return tokens.map(formatToken).filter(Boolean).join(' ');
}

function formatToken(token: Token): string {
  switch (token.kind) {
    case 'time':
      return token.text;
    case 'memory':
      return `${token.name} ${Math.round(token.usedMb)}/${Math.round(token.totalMb)}MB`;
    case 'cpu':
      return `CPU [${token.cores.map((c) => (c.load === undefined ? 'off' : `${Math.round(c.load)}%${c.clock === undefined ? '' : `@${Math.round(c.clock)}`}`)).join(',')}]`;
    case 'temperature':
      return token.celsius === undefined ? '' : `${token.name}@${token.celsius}C`;
    case 'power':
      return `${token.name} ${Math.round(token.milliwatts)}mW/${Math.round(token.averageMilliwatts)}mW`;
    case 'engine':
      return `${token.name}_FREQ ${token.load === undefined ? '' : `${Math.round(token.load)}%`}${token.clocks ? `@[${token.clocks.map(Math.round).join(',')}]` : ''}`;
    default:
      return '';
  }
}
