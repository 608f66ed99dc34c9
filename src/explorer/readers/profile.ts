/** trtexec --exportProfile: time per layer, in the order of the engine. */
import { fail } from '../../base/problem.js';
import { isObject, kindOf, number, text } from '../json.js';

/** Times of one layer, as the file has them. */
export interface ProfileRecord {
  readonly name: string;
  /** All in ms; the total is over `LayerProfile.count` runs. */
  readonly total: number;
  readonly mean: number;
  /** TensorRT before 8.4 wrote none. */
  readonly median?: number;
}

/** A profile of trtexec, read. */
export interface LayerProfile {
  /** Runs that were profiled. */
  readonly count?: number;
  readonly records: readonly ProfileRecord[];
}

/** Whether JSON is a profile of trtexec. */
export const isLayerProfile = (data: unknown): boolean =>
  Array.isArray(data) && data.some((r) => isObject(r) && 'name' in r && 'averageMs' in r);

/** @throws ProblemError `file` naming the record that is not as it should be */
export function readLayerProfile(data: unknown, file: string): LayerProfile {
  if (!Array.isArray(data)) return fail('file', `${file}: is ${kindOf(data)}, expected a list of layer times`);
  let count: number | undefined;
  const records: ProfileRecord[] = [];
  for (const [i, record] of data.entries()) {
    const where = `${file}: record ${i + 1}`;
    if (!isObject(record)) return fail('file', `${where} is ${kindOf(record)}, expected an object`);
    if ('count' in record && !('name' in record)) {
      count = number(record.count);
      continue;
    }
    records.push(readRecord(record, where));
  }
  return { ...(count === undefined ? {} : { count }), records };
}

function readRecord(record: Readonly<Record<string, unknown>>, where: string): ProfileRecord {
  const name = text(record.name);
  if (name === undefined) return fail('file', `${where}: "name" is ${kindOf(record.name)}, expected a string`);
  const time = (key: string): number | undefined => {
    if (record[key] === undefined) return undefined;
    const value = number(record[key]);
    if (value === undefined || value < 0)
      return fail('file', `${where} "${name.slice(0, 60)}": "${key}" is ${JSON.stringify(record[key])}, expected ms`);
    return value;
  };
  const mean = time('averageMs');
  if (mean === undefined) return fail('file', `${where} "${name.slice(0, 60)}": has no "averageMs"`);
  const median = time('medianMs');
  return { name, mean, total: time('timeMs') ?? mean, ...(median === undefined ? {} : { median }) };
}
