/** Round numbers for an axis. */
export function ticks(low: number, high: number, about: number): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const raw = span / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw) ?? 10 * power;
  const found: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + span * 1e-9; k++) found.push(k * step);
  return found;
}

/** Digits that tell neighbouring ticks apart. */
export const tickText = (value: number, step: number): string =>
  value.toFixed(Math.max(0, Math.min(6, Math.ceil(-Math.log10(step) - 1e-9))));

/** A dash where nothing is known. */
export const told = <T>(value: T | undefined, show: (value: T) => string): string =>
  value === undefined ? '–' : show(value);
