/** The verdict of a report in words: of its requirements, or of the deadlines where the file requires nothing of tasks. */
import type { ProfileReport } from './report.js';

const WORDS = {
  requirements: { pass: 'pass', fail: 'fail', inconclusive: 'inconclusive', none: 'none' },
  deadlines: { pass: 'keeps up', fail: 'does not keep up', inconclusive: 'cannot tell', none: 'none' },
} as const;

/** `pass`, or `keeps up` where the deadlines decide. */
export const verdictText = ({ basis = 'requirements', verdict }: Pick<ProfileReport, 'basis' | 'verdict'>): string =>
  WORDS[basis][verdict];
