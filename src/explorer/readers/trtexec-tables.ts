/**
 * Tables that trtexec prints among its lines: times per layer (--dumpProfile), whose columns changed places between
 * versions, and the names of the layers (--dumpLayerInfo).
 *
 *   8.0 to 8.5:    Layer   Time (ms)   Avg. Time (ms)   [Median Time (ms)]   Time %
 *   from 8.6 on:   Time(ms)   Avg.(ms)   Median(ms)   Time(%)   Layer
 */
import type { LayerProfile, ProfileRecord } from './profile.js';

const HEADING = /^\s*=== Profile \((\d+) iterations ?\) ===/;
const NUMBERS = String.raw`\d+(?:\.\d+)?`;
const NAME_FIRST = new RegExp(
  `^\\s*(\\S.*?)\\s+(${NUMBERS})\\s+(${NUMBERS})\\s+(?:(${NUMBERS})\\s+)?(${NUMBERS}) ?%?\\s*$`,
);
const NAME_LAST = new RegExp(`^\\s*(${NUMBERS})\\s+(${NUMBERS})\\s+(${NUMBERS})\\s+(${NUMBERS})\\s+(\\S.*)$`);
const TOTAL = 'Total';
const MOST_LAYERS = 500_000;

/** Collects the tables of a log, line by line. */
export class TableReader {
  #count: number | undefined;
  #nameLast: boolean | undefined;
  readonly #records: ProfileRecord[] = [];
  readonly #layers: string[] = [];
  #inside: 'profile' | 'layers' | undefined;

  /** True when the line was part of a table. @param text a line without its prefix */
  take(text: string): boolean {
    const heading = HEADING.exec(text);
    if (heading) {
      this.#count = Number(heading[1]);
      this.#inside = 'profile';
      this.#records.length = 0;
      return true;
    }
    if (/^\s*Layers:\s*$/.test(text)) {
      this.#inside = 'layers';
      this.#layers.length = 0;
      return true;
    }
    if (this.#inside === 'profile') return this.#profile(text);
    if (this.#inside === 'layers') return this.#layer(text);
    return false;
  }

  #profile(text: string): boolean {
    if (/Time ?\((ms|%)\)/.test(text)) {
      this.#nameLast = /Layer\s*$/.test(text);
      return true;
    }
    const record = this.#nameLast ? lastName(text) : firstName(text);
    if (!record || this.#records.length >= MOST_LAYERS) {
      // The table ends at its first line that is no row; trtexec leaves empty lines between.
      if (text.trim() !== '') this.#inside = undefined;
      return false;
    }
    if (record.name === TOTAL) this.#inside = undefined;
    else this.#records.push(record);
    return true;
  }

  #layer(text: string): boolean {
    const name = text.trim();
    if (name === '' || /^Bindings:/.test(name) || this.#layers.length >= MOST_LAYERS) {
      this.#inside = undefined;
      return false;
    }
    this.#layers.push(name);
    return true;
  }

  result(): { readonly profile?: LayerProfile; readonly layers?: readonly string[] } {
    return {
      ...(this.#records.length > 0
        ? { profile: { ...(this.#count === undefined ? {} : { count: this.#count }), records: this.#records } }
        : {}),
      ...(this.#layers.length > 0 ? { layers: this.#layers } : {}),
    };
  }
}

function lastName(text: string): ProfileRecord | undefined {
  const [, total, mean, median, , name] = NAME_LAST.exec(text) ?? [];
  return name === undefined
    ? undefined
    : { name: name.trim(), total: Number(total), mean: Number(mean), median: Number(median) };
}

function firstName(text: string): ProfileRecord | undefined {
  const [, name, total, mean, median] = NAME_FIRST.exec(text) ?? [];
  if (name === undefined) return undefined;
  return {
    name,
    total: Number(total),
    mean: Number(mean),
    ...(median === undefined ? {} : { median: Number(median) }),
  };
}
