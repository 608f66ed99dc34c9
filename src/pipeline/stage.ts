/** Runs one stage of a run, wherever it is run: its state goes to its own file, events to the caller and the log. */
import { messageOf, type Problem, ProblemError, problemsOf } from '../base/problem.js';
import type { ProfileReport } from '../formats/report/report.js';
import type { OnEvent } from '../formats/run/events.js';
import type { PlannedStage, StageKind } from '../formats/run/plan.js';
import type { StageState } from '../formats/run/stage-state.js';
import { deviceHolder, holderText, lockDevice, type Release } from '../machine/device-lock.js';
import { diskProblem } from '../machine/files.js';
import { thisProcess } from '../machine/process.js';
import { logEvent } from '../store/event-log.js';
import type { RunDirectory } from '../store/run-directory.js';
import { isStateAlive, keepAlive, writeState } from '../store/stage-states.js';
import { fingerprintOf } from './fingerprint.js';
import type { StageBody, StageResult } from './stage-context.js';

const BODIES: Record<StageKind, () => Promise<StageBody>> = {
  prepare: async () => (await import('./stages/prepare.js')).prepare,
  build: async () => (await import('./stages/build.js')).build,
  profile: async () => (await import('./stages/profile.js')).profile,
  layers: async () => (await import('./stages/layers.js')).layers,
  explore: async () => (await import('./stages/explore.js')).explore,
  report: async () => (await import('./stages/report.js')).report,
};

/** What the system refuses while a stage works is no bug. */
function systemProblem(error: unknown): readonly Problem[] | undefined {
  const { code, path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  const refused = ['ENOSPC', 'EACCES', 'EPERM', 'EROFS', 'EDQUOT', 'EMFILE', 'EIO', 'ENAMETOOLONG', 'EFBIG'];
  return code && refused.includes(code) ? diskProblem(dest ?? path ?? 'a file', error).problems : undefined;
}

/** What became of a stage. */
export interface StageOutcome {
  readonly state: 'done' | 'failed' | 'interrupted';
  readonly problems: readonly Problem[];
  /** Of the stage `report`. */
  readonly report?: ProfileReport;
}

const plain = ({ code, message, hint }: Problem) => ({ code, message, ...(hint ? { hint } : {}) });

/** How long a measurement takes, as far as that is known beforehand. */
function aboutStage(run: RunDirectory, stage: PlannedStage): string | undefined {
  const scenario = stage.kind === 'profile' ? run.scenario(stage.subject) : undefined;
  if (!scenario || run.document.simulate) return undefined;
  const { warmup, duration, settleLimit, steady, iterations, repetitions } = scenario;
  const seconds = (ns: number): string => `${Math.round(ns / 1e6) / 1e3} s`;
  return [
    iterations === undefined ? seconds(duration) : `${iterations} iterations`,
    ` after ${seconds(warmup)} of warm-up`,
    steady === 'off' ? '' : ` and up to ${seconds(settleLimit)} until times are steady`,
    repetitions > 1 ? `, ${repetitions} times` : '',
  ].join('');
}

/** Two processes that write the outputs of one stage would spoil both. @throws ProblemError `usage` */
function refuseTwice(run: RunDirectory, stage: PlannedStage): void {
  const state = run.states().get(stage.id);
  if (state?.state !== 'running' || !isStateAlive(run.folder, state) || state.process?.pid === process.pid) return;
  const { hostname, pid } = state.process ?? {};
  throw new ProblemError({
    code: 'usage',
    message: `${stage.id} is running already, since ${state.start} (process ${pid} on ${hostname})`,
    hint: 'wait for it, or end that process first',
  });
}

/** How a stage is run. */
export interface StageOptions {
  /** Also beside another measurement on the same device. */
  readonly force?: boolean;
}

/** Never throws for a Problem of the stage; a bug is thrown after its stage is marked as failed. @throws ProblemError `usage` */
export async function runStage(
  run: RunDirectory,
  id: string,
  tell: OnEvent,
  signal: AbortSignal,
  options: StageOptions = {},
): Promise<StageOutcome> {
  const stage = run.stage(id);
  if (stage.subject !== '' && run.document.ended !== undefined && stage.kind !== 'report')
    throw new ProblemError({
      code: 'version',
      message: `${run.folder} was made by an earlier version, which kept its stages in another way`,
      hint: 'report, view and explore read it; to go on, make a new run',
    });
  refuseTwice(run, stage);
  return new StageRun(run, stage, tell, signal, await fingerprintOf(run, stage), options).run();
}

/** What it recorded counts: it was stopped, or the disk was full. */
const canGoOn = ({ state, problems = [] }: StageState): boolean =>
  state === 'interrupted' || state === 'running' || (state === 'failed' && problems.some((p) => p.code === 'disk'));

class StageRun {
  readonly #run: RunDirectory;
  readonly #stage: PlannedStage;
  readonly #tell: OnEvent;
  readonly #signal: AbortSignal;
  readonly #fingerprint: string;
  readonly #options: StageOptions;
  readonly #begin = performance.now();
  readonly #start = new Date().toISOString();

  constructor(
    run: RunDirectory,
    stage: PlannedStage,
    tell: OnEvent,
    signal: AbortSignal,
    fingerprint: string,
    options: StageOptions,
  ) {
    this.#run = run;
    this.#stage = stage;
    this.#tell = tell;
    this.#signal = signal;
    this.#fingerprint = fingerprint;
    this.#options = options;
  }

  async run(): Promise<StageOutcome> {
    const { id, kind } = this.#stage;
    const before = this.#run.states().get(id);
    const resumed = before?.fingerprint === this.#fingerprint && canGoOn(before);
    const about = aboutStage(this.#run, this.#stage);
    this.#event({ kind: 'stage-start', stage: id, ...(about ? { about } : {}) });
    await this.#write({ state: 'running' });
    const rest = keepAlive(this.#run.folder, id);
    let release: Release | undefined;
    try {
      release = await this.#haveDevice();
      const body = await BODIES[kind]();
      const context = { run: this.#run, stage: this.#stage, onEvent: this.#event, signal: this.#signal, resumed };
      return await this.#ended(await body(context));
    } catch (error) {
      return await this.#failed(error);
    } finally {
      release?.();
      rest();
    }
  }

  /** Nothing else that infersight starts builds or measures on this device meanwhile. */
  async #haveDevice(): Promise<Release | undefined> {
    const { id, exclusive } = this.#stage;
    if (exclusive === undefined || this.#run.document.simulate) return undefined;
    const note = (severity: 'warning' | 'info', text: string): void =>
      this.#event({ kind: 'note', stage: id, severity, text });
    if (this.#options.force) {
      const holder = deviceHolder();
      if (holder)
        note('warning', `this device is in use: ${holderText(holder)}; what is measured beside it is of both`);
      return undefined;
    }
    return lockDevice(
      `${id} of run ${this.#run.document.id}`,
      (holder) =>
        note(
          'warning',
          `waiting for the device: ${holder ? holderText(holder) : 'somebody measures'}; --force does not wait`,
        ),
      this.#signal,
    );
  }

  readonly #event: OnEvent = (event) => {
    logEvent(this.#run.folder, event);
    this.#tell(event);
  };

  async #ended({ problems = [], cached = false, report }: StageResult): Promise<StageOutcome> {
    const state = this.#signal.aborted ? 'interrupted' : problems.length > 0 ? 'failed' : 'done';
    const outcome = await this.#end(state, problems, cached);
    return report ? { ...outcome, report } : outcome;
  }

  async #failed(error: unknown): Promise<StageOutcome> {
    const problems = problemsOf(error) ?? systemProblem(error);
    if (!problems) {
      const bug = [{ code: 'run' as const, message: `bug: ${messageOf(error)}` }];
      await this.#write({ state: 'failed', end: new Date().toISOString(), problems: bug }).catch(() => undefined);
      throw error;
    }
    if (this.#signal.aborted) return this.#end('interrupted', problems, false);
    for (const problem of problems) this.#event({ kind: 'problem', stage: this.#stage.id, problem });
    return this.#end('failed', problems, false);
  }

  async #end(state: StageOutcome['state'], problems: readonly Problem[], cached: boolean): Promise<StageOutcome> {
    await this.#write({
      state,
      end: new Date().toISOString(),
      cached,
      ...(problems.length > 0 ? { problems: problems.map(plain) } : {}),
    });
    const seconds = (performance.now() - this.#begin) / 1000;
    this.#event({ kind: 'stage-end', stage: this.#stage.id, state, seconds, cached });
    return { state, problems };
  }

  #write(change: Omit<Parameters<typeof writeState>[1], 'id' | 'process' | 'fingerprint' | 'start'>): Promise<void> {
    return writeState(this.#run.folder, {
      id: this.#stage.id,
      fingerprint: this.#fingerprint,
      start: this.#start,
      process: thisProcess(),
      ...change,
    });
  }
}
