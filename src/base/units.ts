/** Units as brands, so that a bare number is never taken for the wrong one. */
declare const unit: unique symbol;

/** Nanoseconds. On the run clock: since the run origin; a double is exact for 104 days. */
export type Ns = number & { readonly [unit]: 'ns' };

/** Calls a number nanoseconds. */
export const ns = (value: number): Ns => value as Ns;

/** Nanoseconds in a millisecond. */
export const NS_PER_MS = 1e6;
/** Nanoseconds in a second. */
export const NS_PER_S = 1e9;

/** Milliseconds with three decimals, the form of every time in a report. */
export const toMs = (value: number): number => Math.round(value / 1e3) / 1e3;

/** To so many decimals. */
export const round = (value: number, decimals: number): number => {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
};
