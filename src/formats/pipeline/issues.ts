/** zod's issues -> problems with a place in the file. */

import { suggest } from '../../base/nearest.js';
import type { Problem } from '../../base/problem.js';
import type { z } from '../../base/zod.js';
import type { Path, YamlSource } from './source.js';

/** Problems of zod issues below `prefix` of the file. */
export function issueProblems(
  issues: readonly z.core.$ZodIssue[],
  source: YamlSource,
  schema: Schema,
  prefix: Path = [],
): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') return unknownKeys(issue, path, source, knownKeys(schema, issue.path));
    if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
      const inner = (issue as { issues: { message: string }[] }).issues.map((i) => i.message).join('; ');
      return [{ code: 'config', message: `${pathText(path)}: ${inner}`, at: source.locate(path, true) }];
    }
    const missing =
      issue.code === 'invalid_type' && issue.input === undefined && issue.message.startsWith('Invalid input');
    const wanted =
      'expected' in issue
        ? ` (expected ${issue.expected === 'record' || issue.expected === 'object' ? 'a map' : issue.expected})`
        : '';
    const message = missing
      ? `is missing${wanted}`
      : issue.message.startsWith('Invalid input')
        ? `has the wrong type${wanted}`
        : issue.message;
    return [{ code: 'config', message: `${pathText(path)}: ${message}`, at: source.locate(path) }];
  });
}

function unknownKeys(
  issue: z.core.$ZodIssueUnrecognizedKeys,
  path: Path,
  source: YamlSource,
  known: readonly string[],
): Problem[] {
  return issue.keys.map((key) => ({
    code: 'config' as const,
    message: `${pathText([...path, key])}: unknown key "${key}"`,
    hint: known.length > 0 ? suggest(key, known) : undefined,
    at: source.locate([...path, key], true),
  }));
}

interface Definition {
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly valueType?: Schema;
  readonly element?: Schema;
  readonly innerType?: Schema;
  readonly options?: readonly Schema[];
}
interface Schema {
  readonly _zod: { readonly def: unknown };
}

/** Keys that the schema knows at a path. */
function knownKeys(schema: Schema, path: Path): string[] {
  const def = schema._zod.def as Definition;
  if (def.innerType) return knownKeys(def.innerType, path);
  if (def.options) return def.options.flatMap((option) => knownKeys(option, path));
  if (path.length === 0) return Object.keys(def.shape ?? {});
  const [step, ...rest] = path;
  const next = def.shape?.[String(step)] ?? def.valueType ?? def.element;
  return next ? knownKeys(next, rest) : [];
}

/** A path of keys as `scenarios.street.tasks[0]`. */
export const pathText = (path: Path): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`)).join('') ||
  'file';
