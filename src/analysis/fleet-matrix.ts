/** Runs of many devices -> pipelines by devices: what each says now, how much room it has, who is slower than its siblings since when. */
import type { RunEntry } from '../formats/run/run-list.js';
import type { RunSummary } from '../formats/run/run-summary.js';

type Task = RunSummary['tasks'][number];
type Summarised = RunEntry & { readonly summary: RunSummary };

/** A device that takes longer for a task than the others do. */
export interface Slower {
  readonly scenario: string;
  readonly task: string;
  /** Median of the response, by that of its siblings. */
  readonly factor: number;
  /** Creation of the first run since which it has been so without a break. */
  readonly since: string;
}

/** A pipeline on a device. */
export interface FleetCell {
  /** Oldest first; the last is what counts. */
  readonly runs: readonly Summarised[];
  /** Part of its deadline that the tightest task leaves at p99, negative where it misses; undefined where that is not known. */
  readonly slack?: number;
  readonly tightest?: Task;
  readonly slower?: Slower;
}

/** Pipelines by devices. */
export interface FleetMatrix {
  readonly devices: readonly { readonly host: string; readonly model: string }[];
  readonly rows: readonly { readonly pipeline: string; readonly cells: readonly (FleetCell | undefined)[] }[];
}

/** A median that is so many times that of the siblings is told. */
const SLOWER = 1.15;

/** Of the machine that measured, not the one that made the run. */
export const hostOf = ({ summary, hostname }: RunEntry): string => summary?.host ?? hostname;

/** Measured runs with a report; a simulation is of no device. */
export function fleetMatrix(list: readonly RunEntry[]): FleetMatrix {
  const runs = list
    .filter((r): r is Summarised => r.summary !== undefined && !r.simulate)
    .toSorted((a, b) => (a.created < b.created ? -1 : 1));
  const hosts = [...new Set(runs.map(hostOf))].sort();
  const pipelines = [...new Set(runs.map((r) => r.pipeline))].sort();
  return {
    devices: hosts.map((host) => ({ host, model: runs.findLast((r) => hostOf(r) === host)?.summary.device ?? host })),
    rows: pipelines.map((pipeline) => {
      const of = hosts.map((host) => runs.filter((r) => r.pipeline === pipeline && hostOf(r) === host));
      return {
        pipeline,
        cells: of.map((own, i) =>
          cellOf(
            own,
            of.filter((_, k) => k !== i),
          ),
        ),
      };
    }),
  };
}

function cellOf(runs: readonly Summarised[], siblings: readonly (readonly Summarised[])[]): FleetCell | undefined {
  const last = runs.at(-1);
  if (!last) return undefined;
  const rooms = last.summary.tasks.flatMap((task) => {
    const slack = slackOf(task);
    return slack === undefined ? [] : [{ task, slack }];
  });
  const tight = rooms.toSorted((a, b) => a.slack - b.slack)[0];
  const slower = slowest(runs, siblings);
  return {
    runs,
    ...(tight ? { slack: tight.slack, tightest: tight.task } : {}),
    ...(slower ? { slower } : {}),
  };
}

/** What is never done leaves less than nothing. */
const slackOf = ({ p99_ms: p99, deadline_ms: deadline }: Task): number | undefined =>
  deadline === undefined || p99 === undefined ? undefined : p99 === 'inf' ? -1 : Math.max(-1, 1 - p99 / deadline);

function slowest(runs: readonly Summarised[], siblings: readonly (readonly Summarised[])[]): Slower | undefined {
  const last = runs.at(-1);
  const found = (last?.summary.tasks ?? []).flatMap((task): Slower[] => {
    const factors = runs.map((run) => factorOf(run, task, siblings));
    const now = factors.at(-1);
    if (now === undefined || now < SLOWER) return [];
    const before = factors.findLastIndex((f) => f === undefined || f < SLOWER);
    return [{ scenario: task.scenario, task: task.task, factor: now, since: runs[before + 1].created }];
  });
  return found.toSorted((a, b) => b.factor - a.factor)[0];
}

const medianOf = (values: readonly number[]): number | undefined => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length === 0
    ? undefined
    : sorted.length % 2 === 1
      ? sorted[middle]
      : (sorted[middle - 1] + sorted[middle]) / 2;
};

const p50Of = (run: Summarised | undefined, { scenario, task }: Task): number | undefined =>
  run?.summary.tasks.find((t) => t.scenario === scenario && t.task === task)?.p50_ms;

/** Against the newest run of each sibling up to then; the first ones after where there is none yet. */
function factorOf(run: Summarised, task: Task, siblings: readonly (readonly Summarised[])[]): number | undefined {
  const own = p50Of(run, task);
  const others = siblings.flatMap((list) => {
    const then = list.findLast((r) => r.created <= run.created) ?? list[0];
    return p50Of(then, task) ?? [];
  });
  const usual = medianOf(others);
  return own === undefined || usual === undefined || usual <= 0 ? undefined : own / usual;
}
