/** The stretch of a timeline that is in sight; it never leaves the whole. */
import type { Span } from '../canvas/time-scale.js';

/** us. */
const SHORTEST = 50;

/** Moves and zooms. */
export class TimelineStretch {
  readonly span: Span;
  readonly whole: Readonly<Span>;
  readonly #changed: () => void;

  /** @param changed called whenever another stretch is in sight */
  constructor(whole: Readonly<Span>, changed: () => void) {
    this.span = { ...whole };
    this.whole = whole;
    this.#changed = changed;
  }

  set(from: number, to: number): void {
    const length = this.whole.to - this.whole.from;
    const most = length * 1.02;
    const now = Math.min(most, Math.max(SHORTEST, to - from));
    const low = this.whole.from - (most - length) / 2;
    this.span.from = Math.min(Math.max(from, low), low + most - now);
    this.span.to = this.span.from + now;
    this.#changed();
  }

  /** @param at part of the stretch that stays where it is */
  zoom(factor: number, at = 0.5): void {
    const { from, to } = this.span;
    const centre = from + (to - from) * at;
    this.set(centre - (centre - from) / factor, centre + (to - centre) / factor);
  }

  /** @param part of the length in sight */
  pan(part: number): void {
    const length = this.span.to - this.span.from;
    this.set(this.span.from + part * length, this.span.to + part * length);
  }

  /** In the middle; the zoom stays where it shows the job and its neighbours. @param size us of what is to be seen */
  show(from: number, to: number, size: number): void {
    const now = this.span.to - this.span.from;
    const length = now < size * 2 || now > size * 40 ? size * 12 : now;
    this.set((from + to) / 2 - length / 2, (from + to) / 2 + length / 2);
  }
}
