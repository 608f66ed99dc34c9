/** Nested data -> its leaves by their ways. */

/** What tells the members of a list apart, so that one more of them leaves the ways of the others as they are. */
const LABELS = ['name', 'model', 'task', 'series'] as const;

/**
 * `{ scenarios: { street: { tasks: [{ model: 'camera', rate: '30 Hz' }] } } }` ->
 * `[['scenarios.street.tasks.camera.model', 'camera'], ['scenarios.street.tasks.camera.rate', '30 Hz']]`
 */
export function flatten(value: unknown, way = ''): [way: string, text: string][] {
  if (typeof value !== 'object' || value === null) return [[way, String(value)]];
  const members = Array.isArray(value) ? labelled(value) : Object.entries(value);
  return members.flatMap(([key, member]) => flatten(member, way === '' ? key : `${way}.${key}`));
}

function labelled(list: readonly unknown[]): [string, unknown][] {
  const seen = new Map<string, number>();
  return list.map((member, i) => {
    const label = labelOf(member) ?? String(i + 1);
    const n = (seen.get(label) ?? 0) + 1;
    seen.set(label, n);
    return [n === 1 ? label : `${label}#${n}`, member];
  });
}

function labelOf(member: unknown): string | undefined {
  if (typeof member !== 'object' || member === null) return undefined;
  const data = member as Record<string, unknown>;
  const found = LABELS.map((key) => data[key]).find((v) => typeof v === 'string');
  return found === undefined ? undefined : String(found);
}
