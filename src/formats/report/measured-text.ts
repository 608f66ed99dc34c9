/** What a requirement measured, as one line of text. */
import { withUnit } from '../../base/text.js';
import type { RequirementReport } from './report.js';

/** `{ max: 2147483648, unit: 'bytes' }` -> `max 2.00 GiB`; `{ miss_ratio: 0.01, n: 100 }` -> `miss_ratio 0.01, n 100` */
export function measuredText({ unit, ...values }: RequirementReport['measured']): string {
  const text = (v: number | string): string =>
    typeof v === 'number' && unit !== undefined ? withUnit(v, String(unit)) : String(v);
  return Object.entries(values)
    .map(([name, v]) => `${name} ${text(v)}`)
    .join(', ');
}
