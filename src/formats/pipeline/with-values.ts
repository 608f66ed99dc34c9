/** A pipeline file with some of its values changed; its comments stay. */

import { suggest } from '../../base/nearest.js';
import { fail, ProblemError } from '../../base/problem.js';
import { Document, isMap, isNode, isScalar, isSeq, parseDocument, type YAMLMap } from '../../base/yaml.js';

/** `detector.rate=20 Hz`. @throws ProblemError `usage` */
export function readChange(text: string): readonly [path: string, value: string] {
  const [, path, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  return path === undefined || value === undefined
    ? fail('usage', `"${text}" changes nothing`, 'such as detector.rate=20 Hz')
    : [path.trim(), value.trim()];
}

/** The file with other values; `null` takes a value, a task or a model out. @throws ProblemError `usage` for a path that leads nowhere */
export function withValues(text: string, changes: readonly (readonly [path: string, value: string])[]): string {
  const document = parseDocument(text);
  for (const [path, value] of changes) {
    for (const place of placesOf(document, path.split('.'))) setAt(document, place, value);
  }
  return document.toString({ lineWidth: 0 });
}

/** Comments on the value, and the place of its key, stay. */
function setAt(document: Document, place: Way, value: string): void {
  if (value === 'null') {
    if (!document.hasIn(place)) fail('usage', `${place.join('.')}: there is nothing to take out`);
    document.deleteIn(place);
    return;
  }
  const above = place.slice(0, -1);
  const key = String(place.at(-1));
  const other = INSTEAD[key]?.find((k) => document.hasIn([...above, k]));
  const map = document.getIn(above);
  if (other !== undefined && isMap(map) && !map.has(key)) {
    const pair = (map as YAMLMap).items.find((p) => isScalar(p.key) && p.key.value === other);
    if (pair && isScalar(pair.key)) pair.key.value = key;
  } else if (other !== undefined) document.deleteIn([...above, other]);
  const before = document.getIn(place, true);
  const after = new Document(parseDocument(value).toJS()).contents;
  if (isNode(before) && isNode(after)) {
    after.comment = before.comment ?? null;
    after.commentBefore = before.commentBefore ?? null;
  }
  document.setIn(place, after);
}

/** Keys of a task that say the same thing in another way. */
const INSTEAD: Readonly<Record<string, readonly string[]>> = {
  rate: ['period', 'poisson'],
  period: ['rate', 'poisson'],
  poisson: ['rate', 'period'],
};

type Way = (string | number)[];

const WHOLE = ['models', 'scenarios', 'probes', 'requirements', 'targets', 'name'];

/** A way through the file, or the name of a task or a model and a value of it. */
function placesOf(document: Document, [first = '', ...rest]: readonly string[]): Way[] {
  if (WHOLE.includes(first)) return [wayOf(document, [first, ...rest])];
  const scenarios = namesIn(document.get('scenarios'));
  const of = scenarios.flatMap((scenario): Way[] => {
    const tasks = document.getIn(['scenarios', scenario, 'tasks']);
    if (!isSeq(tasks)) return [];
    return tasks.items.flatMap((item, i): Way[] =>
      isMap(item) && (item.get('name') ?? item.get('model')) === first
        ? [['scenarios', scenario, 'tasks', i, ...rest]]
        : [],
    );
  });
  const models = namesIn(document.get('models'));
  if (rest[0] === 'build' || of.length === 0) {
    if (models.includes(first)) return [['models', first, ...rest]];
    throw new ProblemError({
      code: 'usage',
      message: `there is no task or model "${first}"`,
      hint: suggest(first, [...models, ...WHOLE]),
    });
  }
  return of;
}

const namesIn = (node: unknown): string[] =>
  isMap(node)
    ? (node as YAMLMap).items.map((pair) => String((pair.key as { value?: unknown })?.value ?? pair.key))
    : [];

/** Members of lists go by their names: `scenarios.street.tasks.detector.rate`. */
function wayOf(document: Document, path: readonly string[]): Way {
  const way: Way = [];
  for (const part of path) {
    const node = way.length === 0 ? document.contents : document.getIn(way);
    if (!isSeq(node)) {
      way.push(part);
      continue;
    }
    const index = node.items.findIndex(
      (item) => isMap(item) && [item.get('name'), item.get('model'), item.get('task')].includes(part),
    );
    way.push(
      index >= 0
        ? index
        : Number.isInteger(Number(part))
          ? Number(part) - 1
          : fail('usage', `${path.join('.')}: there is no "${part}"`),
    );
  }
  return way;
}
