/** A probe reads system counters at an interval and says what one reading costs. */
import type { Problem } from '../base/problem.js';
import type { Reading } from '../formats/recording/tegrastats.js';

/** What a probe is told when it starts. */
export interface ProbeStart {
  readonly intervalMs: number;
  /** Process whose own use is read, once it is known. */
  readonly processId: () => number | undefined;
  /** Names of its threads, and the prefix of the series that each is told under. */
  readonly threadNames: ReadonlyMap<string, string>;
  /** `monotonic`: CLOCK_MONOTONIC in ns. `line`: the text as it came, where the source writes tegrastats lines. */
  readonly onSample: (sample: { monotonic: bigint; readings: readonly Reading[]; line?: string }) => void;
  readonly onProblem: (problem: Problem) => void;
}

/** A probe that samples until it is stopped. */
export interface RunningProbe {
  stop(): Promise<void>;
  /** CPU time per sample, us; absent where it could not be measured. */
  cost(): { samples: number; cost_us?: number };
}

/** A way to read the system. */
export interface Probe {
  readonly id: string;
  /** Why it does not work here, or undefined when it does. */
  unavailable(): Problem | undefined;
  start(options: ProbeStart): RunningProbe;
}
