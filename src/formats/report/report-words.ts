/** What a run was, in words: the device, when, for how long, and its verdict as a sign. */
import { cardById } from '../backends/index.js';
import type { ProfileReport, ScenarioReport } from './report.js';

/** Marks of verdicts, the same in the terminal, on pages and on the card. */
export const VERDICT_SIGNS = { pass: '✓', fail: '✗', inconclusive: '?', none: '–', not_applicable: '–' } as const;

const WORDS = {
  requirements: { pass: 'PASS', fail: 'FAIL', inconclusive: 'INCONCLUSIVE', none: 'NO DEADLINES' },
  deadlines: { pass: 'KEEPS UP', fail: 'DOES NOT KEEP UP', inconclusive: 'CANNOT TELL', none: 'NO DEADLINES' },
} as const;

/** `FAIL`; `DOES NOT KEEP UP` where the deadlines decide. */
export const verdictWord = ({ basis = 'requirements', verdict }: Pick<ProfileReport, 'basis' | 'verdict'>): string =>
  WORDS[basis][verdict];

/** `Jetson AGX Orin`, `vm, 2 × AMD EPYC 7B13, NVIDIA H100` */
export function deviceText({ device, engines }: ProfileReport): string {
  const { model, hostname, cpus, cpu, arch, gpu } = device;
  const processor = (cpu ?? arch).replace(/\((R|TM)\)|\bProcessor\b|\bCPU\b|@.*$/gi, '').replace(/\s+/g, ' ');
  const real = engines.every((e) => cardById(e.backend)?.real !== false);
  return [
    model ?? hostname,
    `${cpus} × ${processor.trim()}`,
    ...new Set(gpu),
    ...(real ? [] : ['stand-in models']),
  ].join(', ');
}

/** The report as one picture, beside report.html. */
export const CARD_FILE = 'report.png';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `21 Nov 2026, 13:58 UTC`; anything else as it is. */
export function whenText(utc: string): string {
  const [, year, month, day, time] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d)/.exec(utc) ?? [];
  return time === undefined ? utc : `${Number(day)} ${MONTHS[Number(month) - 1]} ${year}, ${time} UTC`;
}

/** `20 s measured`, `20 s simulated` */
export const lengthText = ({ duration_s, simulated }: ScenarioReport): string =>
  `${Number(duration_s.toPrecision(3))} s ${simulated ? 'simulated' : 'measured'}`;
