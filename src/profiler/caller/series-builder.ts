/** Readings as they come -> series on the run clock. */
import type { Series } from '../../formats/recording/series.js';
import type { Reading } from '../../formats/recording/tegrastats.js';

interface Growing {
  readonly name: string;
  readonly unit: string;
  readonly source: string;
  readonly at: bigint[];
  readonly value: number[];
}

/** Keeps every reading under its source and name. */
export class SeriesBuilder {
  readonly #series = new Map<string, Growing>();

  /** @param monotonic CLOCK_MONOTONIC, ns */
  add(source: string, monotonic: bigint, { name, unit, value }: Reading): void {
    const key = `${source}/${name}`;
    let series = this.#series.get(key);
    if (!series) {
      series = { name, unit, source, at: [], value: [] };
      this.#series.set(key, series);
    }
    series.at.push(monotonic);
    series.value.push(value);
  }

  /** @param origin CLOCK_MONOTONIC of the run origin, ns */
  series(origin: bigint): Series[] {
    return [...this.#series.values()].map(({ at, value, ...rest }) => ({
      ...rest,
      time: Float64Array.from(at, (t) => Number(t - origin)),
      value: Float64Array.from(value),
    }));
  }
}
