/** advice.json: what would fit, as predicted from a run that was calibrated; and how it is told. */
import { msShort, shareText } from '../../base/text.js';

/** Of advice.json. */
export const ADVICE_VERSION = 1;
/** Its file in a run directory. */
export const ADVICE_FILE = 'advice.json';

/** Fewer measurements than this do not tell how much they vary. */
export const FEW_MEASUREMENTS = 4;

/** How much room one task has. */
export interface Headroom {
  readonly task: string;
  readonly engine: string;
  readonly rate_hz?: number;
  readonly deadline_ms?: number;
  /** As predicted, of all releases; "inf" where so many are never done. */
  readonly p50_ms?: number | 'inf';
  readonly p99_ms?: number | 'inf';
  readonly miss_ratio?: number;
  /** Deadline less p99. */
  readonly slack_ms?: number;
  /** At which everything still holds with the other tasks as they are; `safe_` also if service times are longer by the margin. */
  readonly highest_rate_hz?: number;
  readonly safe_rate_hz?: number;
  /** Which 99 of 100 jobs keep. */
  readonly shortest_deadline_ms?: number;
  readonly safe_deadline_ms?: number;
  /** No job takes longer, if none runs longer than the longest that was seen; absent where nothing bounds it. */
  readonly bound_ms?: number;
  /** What the bound rests on, or why there is none. */
  readonly bound_note: string;
}

/** The same rates with other phases: largest p99 by deadline of any task. */
export interface Alignment {
  /** Sets of phases that were tried, by chance. */
  readonly tried: number;
  readonly best: number | 'inf';
  readonly worst: number | 'inf';
  /** With the phases of the file. */
  readonly now: number | 'inf';
}

/** How wrong predictions were, as shares of what was measured. */
export interface Accuracy {
  /** Tasks whose p99 was predicted and measured. */
  readonly checks: number;
  readonly runs: number;
  readonly p50: number;
  readonly p99: number;
  /** Nine of ten p99 were closer. */
  readonly p99_nine_of_ten: number;
  /** Pipelines that were measured after they were predicted. */
  readonly measurements: number;
  /** How far off the use of the fullest deadline was, as a share of the deadline: median. */
  readonly fullest: number;
  /**
   * What is called safe also holds with service times longer by this share: by no more will the jobs of 95 of 100 pipelines take longer
   * in all, as far as those that were measured tell ...
   */
  readonly margin: number;
  /** ... and with deadlines shorter by this share: by no more will the fullest be fuller. */
  readonly tail_margin: number;
}

/** A change of the pipeline file with which everything is predicted to hold. */
export interface AdvisedChange {
  readonly steps: readonly {
    /** What is done, and what it costs, in words. */
    readonly text: string;
    readonly price: string;
    /** The prediction rests on more than was calibrated. */
    readonly assumed?: string;
  }[];
  /** As `--set` takes them. */
  readonly set: readonly string[];
  /** To compare with other changes. */
  readonly cost: number;
  /** It also holds if service times are longer by the margin. */
  readonly safe: boolean;
  readonly tasks: readonly {
    readonly task: string;
    readonly p50_ms?: number | 'inf';
    readonly p99_ms?: number | 'inf';
    readonly miss_ratio?: number;
  }[];
}

/** Of one scenario. */
export interface ScenarioAdvice {
  readonly scenario: string;
  readonly holds: boolean;
  readonly safe: boolean;
  readonly headroom: readonly Headroom[];
  /** CPUs, or share of an accelerator, by service times alone. */
  readonly asked: Readonly<Record<string, number>>;
  readonly cpus: number;
  /** Asked for the largest share of what there is. */
  readonly bottleneck: { readonly engine: string; readonly share: number };
  readonly changes: readonly AdvisedChange[];
  /** What may help and was not calibrated: what it is, and the command. */
  readonly untried?: readonly string[];
  /** Without one of these everything else holds. */
  readonly without: readonly string[];
  /** Absent where fewer than two tasks have a grid. */
  readonly alignment?: Alignment;
  readonly accuracy: Accuracy;
}

/** Whether it fits, as predicted. */
export const adviceVerdict = ({ holds, safe }: Pick<ScenarioAdvice, 'holds' | 'safe'>): string =>
  !holds ? 'does not fit' : safe ? 'fits' : 'just fits';

/** What is asked of the engines, the fullest first. */
export function bottleneckText({ bottleneck: { engine, share }, cpus, asked }: ScenarioAdvice): string {
  const others = Object.entries(asked)
    .filter(([name]) => name !== engine)
    .map(([name, much]) => (name === 'cpu' ? `${much.toFixed(1)} of ${cpus} CPUs` : `${shareText(much)} of ${name}`));
  return engine === 'cpu'
    ? `The tasks ask for ${[`${(asked.cpu ?? 0).toFixed(1)} of ${cpus} CPUs (${shareText(share)})`, ...others].join(', ')}.`
    : `${engine} is asked for ${shareText(share)} of its time${others.length > 0 ? `; the tasks also ask for ${others.join(', ')}` : ''}.`;
}

/** Five digits are enough for a rate, and read well. */
export const rateText = (rate: number): string => `${Number(rate.toPrecision(rate >= 10 ? 4 : 3))} Hz`;

/** The label on every prediction. */
export function accuracyText(accuracy: Accuracy): string {
  const { checks, runs, measurements, fullest, p50, p99, p99_nine_of_ten: nine, margin, tail_margin: tail } = accuracy;
  const basis =
    measurements < FEW_MEASUREMENTS
      ? ''
      : `, as much of each as 95 of 100 pipelines need by ${measurements} that were measured`;
  const safe = `"safe" takes service times ${shareText(margin)} longer and deadlines ${shareText(tail)} shorter${basis}.`;
  if (checks === 0) return `No prediction was checked on this device yet; ${safe}`;
  return `On this device predictions of p99 were off by ${shareText(p99)} (median), nine of ten by at most ${shareText(nine)}, of p50 by ${shareText(p50)}, of the share that is used of the fullest deadline by ${shareText(fullest)}, over ${checks} task${checks === 1 ? '' : 's'} in ${runs} run${runs === 1 ? '' : 's'}; ${safe}`;
}

/** What a change comes to, and what it rests on. */
export function effectTexts({ steps, safe, tasks }: AdvisedChange): string[] {
  const worst = tasks
    .filter((t) => t.miss_ratio !== undefined)
    .toSorted((a, b) => (b.miss_ratio ?? 0) - (a.miss_ratio ?? 0))[0];
  const effect = worst
    ? `predicted: at most ${shareText(worst.miss_ratio ?? 0)} missed${typeof worst.p99_ms === 'number' ? `, p99 of ${worst.task} ${msShort(worst.p99_ms)}` : ''}`
    : 'predicted to hold';
  const assumed = [...new Set(steps.flatMap((s) => s.assumed ?? []))];
  return [effect, ...(safe ? [] : ['would not hold if predictions are as wrong as they were']), ...assumed];
}

/** What the bounds rest on; undefined where there are none. */
export function boundsText(headroom: readonly Headroom[]): string | undefined {
  const notes = [...new Set(headroom.filter((h) => h.bound_ms !== undefined).map((h) => h.bound_note))];
  return notes.length === 0 ? undefined : `bound: ${notes.join('; ')}; with the longest service times that were seen.`;
}

/** What the phases do; undefined where they do nothing much. */
export function alignmentText({ alignment }: ScenarioAdvice): string | undefined {
  if (!alignment) return undefined;
  const { tried, best, worst, now } = alignment;
  if (best === 'inf') return undefined;
  if (typeof best === 'number' && typeof worst === 'number' && worst - best < LITTLE) return undefined;
  if (typeof best === 'number' && best > 1)
    return `However the sensors begin, it does not fit (${tried} random alignments).`;
  const text = (value: number | 'inf'): string => (value === 'inf' ? 'far more than there is' : shareText(value));
  return `It depends on when the sensors begin: over ${tried} random alignments the fullest deadline is used to between ${text(best)} and ${text(worst)} (p99; as the file has it, ${text(now)}).`;
}

/** Of a deadline. */
const LITTLE = 0.05;

/** Tasks that would have to run elsewhere. */
export const elsewhereText = ({ without }: ScenarioAdvice): string =>
  without.length > 0
    ? `On another device, one of these would let the others fit: ${without.join(', ')}.`
    : 'No single task elsewhere would let the others fit.';

/** Above the changes. */
export const WHAT_TO_CHANGE =
  'What to change: first what also holds if predictions are as wrong as they were, then the cheapest';

/** Where nothing was found. */
export const NO_CHANGE =
  'No change of overrun, priority, CPUs, batches, phases or rates was found with which everything holds.';
