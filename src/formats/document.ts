/** Reading of versioned JSON and YAML documents: a newer one is refused by naming both numbers. */

import { fail, ProblemError } from '../base/problem.js';
import { parse as parseYaml } from '../base/yaml.js';
import type { z } from '../base/zod.js';
import { isTooDeep, TOO_DEEP } from './nesting.js';

/**
 * @param upgrades from a version to the next
 * @throws ProblemError when the text is not this document, or is of a newer version
 */
export function readDocument<T extends { version: number }>(
  text: string,
  file: string,
  version: number,
  schema: z.ZodType<T>,
  upgrades: Readonly<Record<number, (data: unknown) => unknown>> = {},
): T {
  let data: unknown;
  if (file.endsWith('.yaml') && isTooDeep(text)) return fail('file', `${file}: not readable: it ${TOO_DEEP}`);
  try {
    data = file.endsWith('.yaml') ? parseYaml(text, { logLevel: 'error' }) : JSON.parse(text);
  } catch (error) {
    return fail(
      'file',
      `${file}: not readable: ${(error as Error).message.split('\n')[0]}`,
      'it may be cut short; write it again by running its stage',
    );
  }
  const found = (data as { version?: unknown } | null)?.version;
  if (typeof found !== 'number' || !Number.isInteger(found))
    return fail('file', `${file}: expected a document with a version, found none`);
  if (found < 1) return fail('file', `${file}: version ${found} is none that was ever written`);
  if (found > version) {
    return fail(
      'version',
      `${file}: version ${found} is newer than version ${version}, the newest this program reads`,
      'update infersight',
    );
  }
  for (let at = found; at < version; at++) data = upgrades[at]?.(data) ?? data;
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new ProblemError(
    parsed.error.issues.slice(0, 10).map((issue) => ({
      code: 'file' as const,
      message: `${file}: ${issue.path.join('.') || 'document'}: ${issue.message}`,
    })),
  );
}
