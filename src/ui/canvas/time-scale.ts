/** Time on an axis of points, and back. */

/** A stretch of time, us since the run origin. */
export interface Span {
  from: number;
  to: number;
}

/** Maps [span.from, span.to] to [left, right] points. */
export class TimeScale {
  readonly from: number;
  readonly to: number;
  readonly left: number;
  readonly right: number;

  constructor({ from, to }: Span, left: number, right: number) {
    this.from = from;
    this.to = to;
    this.left = left;
    this.right = Math.max(left + 1, right);
  }

  get width(): number {
    return this.right - this.left;
  }

  /** us that one point stands for. */
  get perPoint(): number {
    return (this.to - this.from) / this.width;
  }

  x(time: number): number {
    return this.left + (time - this.from) / this.perPoint;
  }

  time(x: number): number {
    return this.from + (x - this.left) * this.perPoint;
  }

  /** The part of the axis at a point, 0 to 1. */
  part(x: number): number {
    return Math.min(1, Math.max(0, (x - this.left) / this.width));
  }
}
