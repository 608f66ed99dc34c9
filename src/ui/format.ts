/** Numbers as people read them. */

const LOCALE = 'en-US';

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
export const count = (n: number): string => n.toLocaleString(LOCALE);

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
