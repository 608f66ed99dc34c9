/**
 * Order of the virtual methods of TensorRT's classes, per major version. Within a major version later releases only append, so a
 * method's place is the same in all of them; `since` names the first release that has it. The classes whose names begin with V stand
 * behind the public ones (NvInferImpl.h), with two places of a destructor before the first method; those of the parser are called
 * themselves. Taken from the headers of TensorRT 8.5.1 to 8.6.1, 10.0.0 to 10.16 and 11.0 to 11.1.
 */
import { MAJOR_8 } from './major-8.js';
import { MAJOR_10 } from './major-10.js';
import { MAJOR_11 } from './major-11.js';
import type { MethodTable } from './method-table.js';

/** Places before the first method of a class behind a public one. */
const DESTRUCTORS = 2;

/** By major version and class. */
export const TABLES: Readonly<Record<number, Readonly<Record<string, MethodTable>>>> = {
  8: MAJOR_8,
  10: MAJOR_10,
  11: MAJOR_11,
};

/** A release of TensorRT. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** `10.6.0` */
export const versionText = ({ major, minor, patch }: Version): string => `${major}.${minor}.${patch}`;

/** @param number as `getInferLibVersion` gives it: 8601, 100600 */
export function versionOf(number: number): Version {
  const wide = number >= 10_000;
  const major = Math.floor(number / (wide ? 10_000 : 1000));
  return { major, minor: Math.floor(number / 100) % (wide ? 100 : 10), patch: number % 100 };
}

/** Place of a method in the table of its class, or undefined where this release lacks it. */
export function placeOf(version: Version, className: string, method: string): number | undefined {
  const table = TABLES[version.major]?.[className];
  const place = table?.methods.indexOf(method) ?? -1;
  if (!table || place < 0) return undefined;
  for (const [since, names] of Object.entries(table.since ?? {}))
    if (names.split(' ').includes(method) && isBefore(version, since)) return undefined;
  return place + (className.startsWith('V') ? DESTRUCTORS : 0);
}

/** @param release such as `10.7.0` or `10.15` */
export function isBefore({ major, minor, patch }: Version, release: string): boolean {
  const [a = 0, b = 0, c = 0] = release.split('.').map(Number);
  return major !== a ? major < a : minor !== b ? minor < b : patch < c;
}
