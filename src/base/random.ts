/**
 * Counter-based random numbers: every draw is a function of (seed, stream, counter), so it depends on no order, thread
 * or other stream, and is the same on every machine. The mixing is the 32-bit finaliser of MurmurHash3, applied per word.
 */
const mix = (h: number, word: number): number => {
  h = Math.imul(h ^ word, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
};

const draw = (seed: number, stream: number, counter: number, lane: number): number => {
  let h = mix(0x9e3779b9 ^ lane, seed);
  h = mix(h, stream);
  h = mix(h, counter);
  h = mix(h, Math.floor(counter / 2 ** 32) + 0x7f4a7c15);
  return mix(h, lane) >>> 0;
};

/** 32-bit stream id of a name. */
export function streamOf(name: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) h = mix(h, name.charCodeAt(i));
  return h >>> 0;
}

/** Uniform in [0, 1) with 53 bits. `lane` separates several draws for one counter. */
export const uniform = (seed: number, stream: number, counter: number, lane = 0): number =>
  ((draw(seed, stream, counter, 2 * lane) >>> 5) * 67108864 + (draw(seed, stream, counter, 2 * lane + 1) >>> 6)) /
  9007199254740992;

/** Standard normal by Box-Muller, truncated at +-3 by drawing again. */
export function normal3(seed: number, stream: number, counter: number): number {
  for (let lane = 1; ; lane += 2) {
    const u = 1 - uniform(seed, stream, counter, lane);
    const v = uniform(seed, stream, counter, lane + 1);
    const z = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
    if (Math.abs(z) <= 3) return z;
  }
}

/** Exponential with mean 1. */
export const exponential = (seed: number, stream: number, counter: number): number =>
  -Math.log(1 - uniform(seed, stream, counter, 0));
