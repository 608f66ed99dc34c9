/**
 * What the control threads saw: spans in which a CPU did not run a thread that was due on it, and what it did instead.
 *
 *   the process of the tasks had CPU time meanwhile      -> own:     tasks hold the CPUs, which is what they do to each other
 *   the thread waited in the queue of its CPU            -> foreign: other programs hold it
 *   neither                                              -> stopped: the process was stopped, or the whole machine
 */
import { NS_PER_MS } from '../base/units.js';
import { type Series, stallSeries } from '../formats/recording/series.js';

/** Who is to blame for a stall. */
export type StallCause = 'own' | 'foreign' | 'stopped';

/** One span in which a CPU did not run its control thread, ns since the run origin. */
export interface Stall {
  readonly cpu: number;
  readonly from: number;
  readonly to: number;
  /** ns in the queue of the CPU. */
  readonly waited: number;
  /** CPU time of the tasks' process meanwhile, on all CPUs, ns. */
  readonly own: number;
}

/** A span in which none of the CPUs that a task may use was at its service, through no fault of the tasks. */
export interface Halt {
  readonly from: number;
  readonly to: number;
  readonly cause: Exclude<StallCause, 'own'>;
}

/** Of the time of the CPUs: from this share on, the tasks had it. */
const OWN_SHARE = 0.5;

/** All stalls of all watched CPUs, in the order of their begins. */
export function stallsOf(series: readonly Series[]): Stall[] {
  return series
    .flatMap((late) => {
      const cpu = Number(/^stall\.(\d+)$/.exec(late.name)?.[1] ?? Number.NaN);
      if (Number.isNaN(cpu)) return [];
      const other = (what: 'waited' | 'own') => series.find((s) => s.name === stallSeries(cpu, what));
      const waited = other('waited');
      const own = other('own');
      return Array.from(late.time, (to, i): Stall => {
        const from = to - (late.value[i] ?? 0) * NS_PER_MS;
        return { cpu, from, to, waited: (waited?.value[i] ?? 0) * NS_PER_MS, own: (own?.value[i] ?? 0) * NS_PER_MS };
      });
    })
    .sort((a, b) => a.from - b.from);
}

/** @param cpus how many CPUs the tasks that are asked about may use */
export function blame({ from, to, waited, own }: Stall, cpus: number): StallCause {
  const length = to - from;
  if (own >= OWN_SHARE * length * Math.max(1, cpus)) return 'own';
  return waited >= length / 2 ? 'foreign' : 'stopped';
}

/** Spans in which every one of these CPUs stood still for a reason that is none of the tasks', in order. */
export function haltsOf(stalls: readonly Stall[], cpus: readonly number[]): Halt[] {
  const lists = cpus.map((cpu) =>
    stalls.flatMap((s): Halt[] => {
      const cause = blame(s, cpus.length);
      return s.cpu === cpu && cause !== 'own' ? [{ from: s.from, to: s.to, cause }] : [];
    }),
  );
  const [first, ...rest] = lists;
  return first ? rest.reduce(together, first) : [];
}

/** Parts of two lists of spans that both cover. */
function together(a: readonly Halt[], b: readonly Halt[]): Halt[] {
  const both: Halt[] = [];
  let j = 0;
  for (const one of a) {
    while (j < b.length && b[j].to <= one.from) j++;
    for (let k = j; k < b.length && b[k].from < one.to; k++) {
      const other = b[k];
      const from = Math.max(one.from, other.from);
      const to = Math.min(one.to, other.to);
      const cause = one.cause === 'foreign' ? one.cause : other.cause;
      if (to > from) both.push({ from, to, cause });
    }
  }
  return both;
}

/** ns of [from, to] that spans cover; they do not overlap each other. */
export function covered(spans: readonly Halt[], from: number, to: number): number {
  let sum = 0;
  for (const span of spans) {
    if (span.from >= to) break;
    sum += Math.max(0, Math.min(span.to, to) - Math.max(span.from, from));
  }
  return sum;
}
