/** All probes of a run together: series on the run clock, lines of system_profile.txt, and what they cost. */
import type { Problem } from '../../base/problem.js';
import type { RecordingDocument } from '../../formats/recording/recording.js';
import type { Series } from '../../formats/recording/series.js';
import type { Reading } from '../../formats/recording/tegrastats.js';
import type { Probe, RunningProbe } from '../../probes/probe.js';
import type { Journal } from './journal.js';
import { SeriesBuilder } from './series-builder.js';
import { PowerAverages, profileLine } from './system-profile.js';

interface Entry {
  readonly probe: Probe;
  readonly running: RunningProbe;
  note?: string;
}

/** What the executor needs to know of a sample. */
export interface SampleNote {
  readonly monotonic: bigint;
  readonly gpuClock?: number;
  readonly temperature?: number;
}

/** Runs the probes of a recording and keeps what they say. */
export class Sampling {
  readonly #running: Entry[] = [];
  readonly #series = new SeriesBuilder();
  readonly #latest = new Map<string, Reading>();
  readonly #averages = new PowerAverages();
  readonly #intervalMs: number;
  readonly #onNote: (note: SampleNote) => void;
  readonly lines: string[] = [];
  processId: number | undefined;
  journal: Journal | undefined;

  constructor(
    probes: readonly Probe[],
    intervalMs: number,
    threadNames: ReadonlyMap<string, string>,
    onNote: (note: SampleNote) => void,
    onProblem: (problem: Problem) => void,
  ) {
    this.#intervalMs = intervalMs;
    this.#onNote = onNote;
    // The source that writes the lines: tegrastats itself where it is, else the sampler of /proc.
    const writer = (probes.find((p) => p.id === 'tegrastats') ?? probes.find((p) => p.id === 'linux') ?? probes[0])?.id;
    for (const probe of probes) {
      const entry: Entry = {
        probe,
        running: probe.start({
          intervalMs,
          processId: () => this.processId,
          threadNames,
          onSample: ({ monotonic, readings, line }) => this.#take(probe.id, writer, monotonic, readings, line),
          onProblem: (problem) => {
            entry.note = problem.message;
            onProblem(problem);
          },
        }),
      };
      this.#running.push(entry);
    }
  }

  async stop(): Promise<RecordingDocument['probes']> {
    await Promise.all(this.#running.map((r) => r.running.stop()));
    return this.#running.map(({ probe, running, note }) => ({
      id: probe.id,
      interval_ms: this.#intervalMs,
      ...running.cost(),
      ...(note ? { note } : {}),
    }));
  }

  /** The newest value of each series by its name, and the units. */
  latest(): { readonly system: Record<string, number>; readonly units: Record<string, string> } {
    const readings = [...this.#latest.values()];
    return {
      system: Object.fromEntries(readings.map((r) => [r.name, r.value])),
      units: Object.fromEntries(readings.map((r) => [r.name, r.unit])),
    };
  }

  /** @param origin CLOCK_MONOTONIC of the run origin, ns */
  series(origin: bigint): Series[] {
    return this.#series.series(origin);
  }

  #take(
    source: string,
    writer: string | undefined,
    monotonic: bigint,
    readings: readonly Reading[],
    line: string | undefined,
  ): void {
    for (const reading of readings) {
      this.#series.add(source, monotonic, reading);
      this.#latest.set(reading.name, reading);
    }
    const text = source === writer ? (line ?? profileLine(new Date(), this.#latest, this.#averages)) : undefined;
    if (text !== undefined) this.lines.push(text);
    this.journal?.sample(monotonic, source, readings, text);
    const clock = readings.find((r) => r.name === 'gpu.clock')?.value;
    const zones = readings.filter((r) => r.name.startsWith('temperature.')).map((r) => r.value);
    if (clock === undefined && zones.length === 0) return;
    this.#onNote({
      monotonic,
      ...(clock === undefined ? {} : { gpuClock: clock }),
      ...(zones.length === 0 ? {} : { temperature: Math.max(...zones) }),
    });
  }
}
