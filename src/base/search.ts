/** Binary search in sorted numbers. */

/** First index in [from, to) whose value is not below `value`; `to` where all are. */
export function lowerBound(sorted: ArrayLike<number>, value: number, from = 0, to: number = sorted.length): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** First index in [from, to) whose value is above `value`; `to` where none is. */
export function upperBound(sorted: ArrayLike<number>, value: number, from = 0, to: number = sorted.length): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
