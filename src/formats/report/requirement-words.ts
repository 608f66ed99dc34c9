/** A requirement in words: `detector`, `response p99`, `≤ 60 ms`, `109 ms`, `202 of 300 over it`. */
import { bytes, count, msShort, shareText, withUnit } from '../../base/text.js';
import type { RequirementReport, RequirementTerms } from './report.js';

/** A value of a requirement with its unit; a quantile of releases that were never done is `never`. */
function valueText(value: number | 'inf' | undefined, unit: string): string {
  if (value === undefined) return '–';
  if (value === 'inf') return 'never';
  switch (unit) {
    case 'ms':
      return msShort(value);
    case 'share':
      return shareText(value);
    case 'bytes':
      return bytes(value).replace(/\.0+(?= )/, '');
    case 'jobs':
      return count(value);
    default:
      return withUnit(value, unit);
  }
}

/** `≤ 60 ms`, `≥ 31 Hz` */
export const limitText = ({ at_most, at_least, unit }: RequirementTerms): string =>
  [
    ...(at_least === undefined ? [] : [`≥ ${valueText(at_least, unit)}`]),
    ...(at_most === undefined ? [] : [`≤ ${valueText(at_most, unit)}`]),
  ].join(', ');

/** What was measured: `109 ms`, `53 %`, `never`. */
export const measuredValue = ({ value, unit }: RequirementTerms): string => valueText(value, unit);

/** By how much of it the limit is used: 1 is just met, above it is not. Undefined where nothing tells. */
export function limitUsed({ at_most, at_least, value }: RequirementTerms): number | undefined {
  if (value === undefined) return undefined;
  if (value === 'inf') return Number.POSITIVE_INFINITY;
  if (at_most !== undefined) return at_most > 0 ? value / at_most : value > 0 ? Number.POSITIVE_INFINITY : 0;
  return at_least !== undefined && value > 0 ? at_least / value : undefined;
}

const number = (value: number | string | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;

/** From how many jobs that was told: `159 of 300`, `202 of 300 over it`, `625 jobs`. */
export function jobsText({ n, misses, over, lost }: RequirementReport['measured']): string {
  const all = number(n);
  if (all === undefined) return '';
  const [missed, beyond, gone] = [misses, over, lost].map(number);
  if (beyond !== undefined) return `${count(beyond)} of ${count(all)} over it`;
  if (missed !== undefined) return `${count(missed)} of ${count(all)}`;
  if (gone !== undefined) return `${count(gone)} of ${count(all)} never done`;
  return all === 1 ? '1 job' : `${count(all)} jobs`;
}

/** Names and values as they are, where no terms tell what they mean. */
const plainText = ({ unit, ...values }: RequirementReport['measured']): string =>
  Object.entries(values)
    .map(([name, v]) => `${name} ${typeof v === 'number' && unit !== undefined ? withUnit(v, String(unit)) : v}`)
    .join(', ');

/** Everything that was measured for it on one line: `109 ms, 202 of 300 over it`. */
export function measuredText({ terms, measured }: RequirementReport): string {
  if (!terms) return plainText(measured);
  const value = terms.value === undefined ? '' : measuredValue(terms);
  return [value, jobsText(measured)].filter(Boolean).join(', ');
}

/** Without the name of the only scenario: `street/detector` where there are several. */
export const subjectText = ({ scenario, repetition, subject }: RequirementTerms, several: boolean): string =>
  scenario !== undefined && (several || repetition !== undefined)
    ? `${scenario}${repetition === undefined ? '' : ` #${repetition}`} / ${subject}`
    : subject;
