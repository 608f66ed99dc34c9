/** One repetition of a scenario on this machine: starts the executor process and the probes, collects what they saw. */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseLogLine, plainLine } from '../../backends/onnxruntime/log.js';
import type { Problem } from '../../base/problem.js';
import { LOAD_OF, type PipelineSpec, type ScenarioSpec } from '../../formats/pipeline/types.js';
import type { Recording } from '../../formats/recording/recording.js';
import { RECORDING_VERSION, type RecordingDocument, type TaskDocument } from '../../formats/recording/recording.js';
import { describeDevice } from '../../probes/device.js';
import { chooseProbes } from '../../probes/registry.js';
import { assembleJobs } from '../../workload/assemble.js';
import { columnBytes, DONE_COUNT, type TaskColumns, viewColumns } from '../../workload/columns.js';
import { planIterations } from '../../workload/iteration-driver.js';
import { lanesOf } from '../../workload/task-driver.js';
import type { ExecutorResult, FromExecutor, LoadedTask, TaskRequest, ToExecutor } from '../messages.js';
import { Sampling } from './sampling.js';

/** MB of young space over all threads. */
const YOUNG_SPACE = 128;
const MOST_PER_THREAD = 16;

/**
 * Young garbage of the spin would be collected in the middle of a run with the small default. Every thread touches three
 * times its young space, so many threads get less each: 64 of 16 MB would fault in 3 GB while jobs run.
 */
const flagsFor = (threads: number): string[] => [
  '--single-threaded-gc',
  `--min-semi-space-size=${Math.max(1, Math.min(MOST_PER_THREAD, Math.floor(YOUNG_SPACE / threads)))}`,
];
/** glibc gives freed outputs back to the system and faults them in again without these. */
const MALLOC = { MALLOC_TRIM_THRESHOLD_: '268435456', MALLOC_TOP_PAD_: '67108864' };
const STOP_LIMIT_MS = 1200;
const END_LIMIT_MS = 1000;

export type ProfileEvent =
  | {
      readonly kind: 'loaded';
      readonly task: string;
      readonly loadMs: number;
      readonly firstMs: number;
      readonly provider: string;
    }
  | (Extract<FromExecutor, { kind: 'progress' }> & {
      /** Newest values of the probes, by series. */
      readonly system: Readonly<Record<string, number>>;
    })
  | { readonly kind: 'log'; readonly severity: 'info' | 'warning' | 'error'; readonly text: string }
  | { readonly kind: 'problem'; readonly problem: Problem };

export interface ProfileRequest {
  readonly spec: PipelineSpec;
  readonly pipelineText: string;
  readonly scenario: ScenarioSpec;
  readonly repetition: number;
  readonly tasks: readonly TaskRequest[];
  readonly folder: string;
  /** Versions of the backends in use. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Never throws for what happens in a task: problems are in the recording, and what was recorded before is kept. */
export async function profile(
  request: ProfileRequest,
  onEvent: (event: ProfileEvent) => void,
  signal: AbortSignal,
): Promise<Recording> {
  return new Profile(request, onEvent, signal).run();
}

class Profile {
  readonly #request: ProfileRequest;
  readonly #onEvent: (event: ProfileEvent) => void;
  readonly #signal: AbortSignal;
  readonly #child: ChildProcess;
  readonly #device;
  readonly #flags: string[];
  readonly #loaded = new Map<number, LoadedTask>();
  readonly #taskProblems = new Map<number, Problem>();
  readonly #problems: Problem[] = [];
  readonly #lastWords: string[] = [];
  readonly #loadAverage = loadavg()[0];
  #latest: () => Record<string, number> = () => ({});
  #memory: readonly { path: string; capacity: number }[] = [];
  #origin: { monotonic: string; utc: string } | undefined;
  #result: ExecutorResult | undefined;
  /** Begin of the measured window as far as the executor has said. */
  #announced = Number.POSITIVE_INFINITY;

  constructor(request: ProfileRequest, onEvent: (event: ProfileEvent) => void, signal: AbortSignal) {
    this.#request = request;
    this.#onEvent = onEvent;
    this.#signal = signal;
    this.#device = describeDevice(request.versions);
    this.#flags = flagsFor(lanesOf(request.scenario).length);
    this.#child = fork(fileURLToPath(new URL('../executor/executor.js', import.meta.url)), {
      execArgv: this.#flags,
      env: { ...MALLOC, ...process.env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
  }

  async run(): Promise<Recording> {
    const { spec } = this.#request;
    const { probes, problems } = chooseProbes(spec.probes.use);
    for (const problem of problems) this.#problem(problem);
    const sampling = new Sampling(
      probes,
      spec.probes.interval / 1e6,
      ({ monotonic, ...values }) => this.#tell({ kind: 'sample', monotonic: String(monotonic), ...values }),
      // A probe that dies leaves a note beside its samples; the tasks are not its concern.
      (problem) => this.#onEvent({ kind: 'log', severity: 'warning', text: problem.message }),
    );
    sampling.processId = this.#child.pid;
    this.#latest = () => sampling.latest();
    const stop = () => this.#stop();
    this.#signal.addEventListener('abort', stop, { once: true });
    try {
      await this.#untilEnd();
    } finally {
      this.#signal.removeEventListener('abort', stop);
    }
    const probeDocuments = await sampling.stop();
    const columns = this.#columns();
    const origin = this.#origin ?? { monotonic: String(process.hrtime.bigint()), utc: new Date().toISOString() };
    return {
      document: this.#document(probeDocuments, origin, columns),
      jobs: assembleJobs(
        this.#request.scenario.tasks.map((t) => t.name),
        columns,
      ),
      series: sampling.series(BigInt(origin.monotonic)),
      lines: sampling.lines,
    };
  }

  #tell(message: ToExecutor): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  async #untilEnd(): Promise<void> {
    const child = this.#child;
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => this.#hearLine(line));
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal }));
      child.on('error', (error) => {
        this.#problems.push({ code: 'run', message: `the executor process could not be started: ${error.message}` });
        resolve({ code: 1, signal: null });
      });
    });
    child.on('message', (message: FromExecutor) => this.#hear(message));
    const { scenario, tasks, folder, repetition } = this.#request;
    this.#tell({
      kind: 'start',
      request: { scenario, tasks, folder, memoryPrefix: `infersight-${process.pid}-${scenario.name}-${repetition}` },
    });
    if (this.#signal.aborted) this.#stop();
    const { code, signal } = await ended;
    if (!this.#result && !this.#signal.aborted) {
      this.#problem({
        code: 'run',
        message: `the executor process ended early (${signal ?? `exit code ${code}`})${this.#lastWords.length > 0 ? `: ${this.#lastWords.join(' | ')}` : ''}`,
        hint: 'this is a crash of native code, in a model, a provider or a driver; what was recorded before it is kept',
      });
    }
  }

  #hear(message: FromExecutor): void {
    switch (message.kind) {
      case 'loaded': {
        const { loadMs, firstMs, provider } = message.loaded;
        this.#loaded.set(message.task, message.loaded);
        this.#onEvent({
          kind: 'loaded',
          task: this.#request.scenario.tasks[message.task].name,
          loadMs,
          firstMs,
          provider,
        });
        break;
      }
      case 'memory':
        this.#memory = message.files;
        break;
      case 'origin':
        this.#origin = message;
        break;
      case 'progress':
        this.#announced = message.measureFrom;
        this.#onEvent({ ...message, system: this.#latest() });
        break;
      case 'problem':
        if (message.task === undefined) this.#problem(message.problem);
        else this.#taskProblem(message.task, message.problem);
        break;
      case 'end':
        this.#result = message.result;
        // A hung thread keeps the process alive; everything it recorded is in the mapped files.
        setTimeout(() => this.#child.kill('SIGKILL'), END_LIMIT_MS).unref();
        break;
    }
  }

  #taskProblem(task: number, problem: Problem): void {
    if (this.#taskProblems.has(task)) return;
    this.#taskProblems.set(task, problem);
    const named = { ...problem, message: `task ${this.#request.scenario.tasks[task].name}: ${problem.message}` };
    this.#onEvent({ kind: 'problem', problem: named });
  }

  #problem(problem: Problem): void {
    this.#problems.push(problem);
    this.#onEvent({ kind: 'problem', problem });
  }

  #hearLine(line: string): void {
    const parsed = parseLogLine(line);
    this.#lastWords.push(parsed?.text ?? plainLine(line));
    if (this.#lastWords.length > 3) this.#lastWords.shift();
    this.#onEvent({ kind: 'log', severity: parsed?.severity ?? 'info', text: parsed?.text ?? plainLine(line) });
  }

  #stop(): void {
    this.#tell({ kind: 'stop' });
    setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS).unref();
  }

  /** Stamps as far as they were written, also after a crash. */
  #columns(): TaskColumns[] {
    const columns = this.#memory.map(({ path, capacity }) => {
      const bytes = readFileSync(path);
      rmSync(path, { force: true });
      return viewColumns(
        bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + columnBytes(capacity)) as ArrayBuffer,
        capacity,
      );
    });
    if (columns.length > 0) return columns;
    return this.#request.scenario.tasks.map(() => viewColumns(new ArrayBuffer(columnBytes(0)), 0));
  }

  #document(
    probes: RecordingDocument['probes'],
    origin: { monotonic: string; utc: string },
    columns: readonly TaskColumns[],
  ): RecordingDocument {
    const { scenario, pipelineText, repetition } = this.#request;
    const now = process.hrtime.bigint();
    const end = this.#result?.endMonotonic ?? String(now);
    const elapsed = Number(BigInt(end) - BigInt(origin.monotonic));
    const lastSeen = Math.max(0, ...columns.map(lastCompletion));
    const utc = (monotonic: string) =>
      new Date(Date.parse(origin.utc) + Number(BigInt(monotonic) - BigInt(origin.monotonic)) / 1e6).toISOString();
    const notes = this.#result?.notes ?? { coldTasks: [] };
    const from = this.#result?.measureFrom ?? Math.min(this.#announced, lastSeen);
    return {
      version: RECORDING_VERSION,
      pipeline: pipelineText,
      scenario: scenario.name,
      repetition,
      simulated: false,
      interrupted: this.#result?.interrupted ?? this.#signal.aborted,
      clock: {
        start: { monotonic_ns: origin.monotonic, utc: origin.utc, local: localTime(new Date(origin.utc)) },
        end: { monotonic_ns: end, utc: utc(end) },
        thread_error_us: this.#result?.threadErrorUs ?? 0,
      },
      measure: {
        from_ns: from,
        to_ns: Math.max(from, this.#result?.measureTo ?? Math.min(elapsed, lastSeen)),
        ...(scenario.iterations === undefined ? {} : { iterations: scenario.iterations }),
      },
      ...iterationOf(scenario),
      ...(notes.settle
        ? {
            settle: {
              steady: notes.settle.steady,
              waited_ns: notes.settle.waited,
              ...(notes.settle.reason ? { reason: notes.settle.reason } : {}),
            },
          }
        : {}),
      cold_tasks: [...notes.coldTasks],
      tasks: scenario.tasks.map((_, i) => this.#taskDocument(i)),
      device: this.#device,
      probes,
      process: {
        node: process.versions.node,
        flags: this.#flags,
        rss_bytes: this.#result?.rss ?? 0,
        load_average: this.#loadAverage,
      },
      problems: this.#problems.map(plain),
    };
  }

  #taskDocument(index: number): TaskDocument {
    const task = this.#request.scenario.tasks[index];
    const { engine, backend } = this.#request.tasks[index];
    const loaded = this.#loaded.get(index);
    const problem = this.#taskProblems.get(index);
    return {
      name: task.name,
      model: task.model,
      backend,
      ...(loaded
        ? { provider: loaded.provider, cold_start: { load_ms: loaded.loadMs, first_ms: loaded.firstMs } }
        : {}),
      accelerator: engine.build.accelerator,
      honoured: { ...(loaded?.honoured ?? {}) },
      placement_notes: [...(loaded?.notes ?? [])],
      spin_us: this.#result?.spinUs ?? 0,
      complete_via: 'blocking',
      ...(problem ? { problem: plain(problem) } : {}),
    };
  }
}

/** `YYYY-MM-DDTHH:MM:SS.mmm` as a clock on the wall shows it. */
export const localTime = (at: Date): string =>
  new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, -1);

const lastCompletion = ({ complete, completions, control }: TaskColumns): number =>
  control[DONE_COUNT] > 0 ? complete[completions[control[DONE_COUNT] - 1]] : 0;

export const plain = ({ code, message, hint }: Problem): RecordingDocument['problems'][number] => ({
  code,
  message,
  ...(hint ? { hint } : {}),
});

/** Times of an iteration, where the mode has them. */
export function iterationOf(scenario: ScenarioSpec): Pick<RecordingDocument, 'iteration'> {
  if (LOAD_OF[scenario.mode] !== 'barrier') return {};
  const plan = planIterations(scenario);
  return {
    iteration: {
      target_ns: plan.target,
      grid: plan.grid,
      jobs: plan.offsets.map((o) => o.length),
      truncated: plan.truncated,
    },
  };
}
