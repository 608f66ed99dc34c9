/** Why a GPU runs below the clocks that it could, as NVML's mask tells. */
const REASONS: readonly (readonly [bit: number, words: string])[] = [
  [0x1, 'idle'],
  [0x2, 'clocks that were set'],
  [0x4, 'power cap'],
  [0x8, 'slowdown by hardware'],
  [0x10, 'sync boost'],
  [0x20, 'temperature'],
  [0x40, 'temperature, slowed down by hardware'],
  [0x80, 'power brake'],
  [0x100, 'clocks of the display'],
];

/** Of these a GPU is slower than it should be: power cap, slowdown, temperature, power brake. */
export const THROTTLING = 0x4 | 0x8 | 0x20 | 0x40 | 0x80;

/** The reasons in a mask, in words. */
export const clockReasons = (mask: number): string[] => REASONS.filter(([bit]) => mask & bit).map(([, words]) => words);
