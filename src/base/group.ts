/** Lists by key, in the order in which the keys come. */

/** Adds a value to the list of a key. */
export function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** @param keyOf undefined leaves a value out */
export function groupBy<K, V>(values: Iterable<V>, keyOf: (value: V, index: number) => K | undefined): Map<K, V[]> {
  const lists = new Map<K, V[]>();
  let index = 0;
  for (const value of values) {
    const key = keyOf(value, index++);
    if (key !== undefined) addTo(lists, key, value);
  }
  return lists;
}
