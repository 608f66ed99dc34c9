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

/** First of `count` places at which the rising values reach the wanted one. */
export function firstAt(count: number, value: (i: number) => number, wanted: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What a table holds under a name that may come from anywhere: `constructor` and the like are no names of its own. */
export const own = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
