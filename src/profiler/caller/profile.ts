/** One repetition of a scenario on this machine: starts the executor process and the probes, collects what they saw. */
import { loadavg } from 'node:os';
import type { Problem } from '../../base/problem.js';
import { round } from '../../base/units.js';
import type { PipelineSpec, ScenarioSpec } from '../../formats/pipeline/types.js';
import type { Recording, RecordingDocument } from '../../formats/recording/recording.js';
import { taskPrefix } from '../../formats/recording/series.js';
import { memoryPrefixOf } from '../../machine/mapped-memory.js';
import { standBack } from '../../machine/thread.js';
import { describeDevice } from '../../probes/device.js';
import { ProcessWatch } from '../../probes/linux-processes.js';
import { chooseProbes } from '../../probes/registry.js';
import { hasOpenJob, lastCompletion } from '../../workload/columns.js';
import { tasksOfWorkers } from '../../workload/task-driver.js';
import { type FromExecutor, threadName } from '../messages.js';
import { type ExecutorListener, ExecutorProcess } from './executor-process.js';
import { type Beside, measuredDocument } from './measured-document.js';
import type { ProfileRequest } from './profile-request.js';
import { Sampling } from './sampling.js';
import { controlDocuments, stallsOf } from './stalls.js';
import { startJournal } from './start-journal.js';

/** What a caller hears while a repetition is recorded. */
export type ProfileEvent =
  | {
      readonly kind: 'loaded';
      readonly task: string;
      readonly loadMs: number;
      readonly firstMs: number;
      readonly provider: string;
    }
  | (Extract<FromExecutor, { kind: 'progress' }> & {
      /** Newest values of the probes, by series, and their units. */
      readonly system: Readonly<Record<string, number>>;
      readonly units: Readonly<Record<string, string>>;
    })
  | { readonly kind: 'log'; readonly severity: 'info' | 'warning' | 'error'; readonly text: string }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** Other processes are looked at this often: each look reads a file of every process. */
const PROCESSES_EVERY_MS = 5000;

/** Never throws for what happens in a task: problems are in the recording, and what was recorded before is kept. */
export async function profile(
  request: ProfileRequest,
  onEvent: (event: ProfileEvent) => void,
  signal: AbortSignal,
): Promise<Recording> {
  const { spec, scenario, preflight } = request;
  const loadAverage = loadavg()[0] ?? 0;
  const device = describeDevice(request.versions);
  const warn = (text: string): void => onEvent({ kind: 'log', severity: 'warning', text });
  const { journal, onMemory } = startJournal(
    request,
    () => executor.origin && document({ probes: [], interrupted: true, lastSeen: executor.now }),
    () => executor.halt(),
    warn,
  );
  const executor = startExecutor(request, onEvent, () => sampling, onMemory, signal);
  const origin = () => executor.origin ?? { monotonic: String(process.hrtime.bigint()), utc: new Date().toISOString() };
  const document = (known: Pick<Beside, 'probes' | 'interrupted' | 'lastSeen' | 'control' | 'others'>) =>
    measuredDocument(request, executor, origin(), { device, loadAverage, preflight, ...known });
  const sampling = startSampling(spec, scenario, executor, onEvent, warn);
  sampling.journal = journal;
  const processes = watchProcesses();
  // Probes and display take a CPU when nobody else wants it.
  const comeBack = standBack();
  try {
    await executor.run();
  } finally {
    comeBack();
    journal.end();
  }
  const others = processes.end();
  const probes = await sampling.stop();
  const open: string[] = [];
  let lastSeen = 0;
  const jobs = executor.takeJobs((columns, task) => {
    journal.restore(columns, task);
    if (hasOpenJob(columns)) open.push(scenario.tasks[task].name);
    lastSeen = Math.max(lastSeen, lastCompletion(columns));
  });
  const controls = executor.takeControls();
  executor.tellCrash(open);
  const began = origin();
  return {
    document: document({
      probes,
      interrupted: signal.aborted,
      lastSeen,
      control: controlDocuments(controls),
      others,
    }),
    jobs,
    series: [...sampling.series(BigInt(began.monotonic)), ...stallsOf(controls)],
    lines: sampling.lines,
  };
}

function watchProcesses(): { end(): NonNullable<RecordingDocument['others']> } {
  const watch = new ProcessWatch('/');
  const look = (): void => watch.sample(process.hrtime.bigint());
  look();
  const timer = setInterval(look, PROCESSES_EVERY_MS);
  return {
    end() {
      clearInterval(timer);
      look();
      return watch.others(process.pid).map((p) => ({ ...p, cpus: round(p.cpus, 3) }));
    },
  };
}

function startSampling(
  spec: PipelineSpec,
  scenario: ScenarioSpec,
  executor: ExecutorProcess,
  onEvent: (event: ProfileEvent) => void,
  warn: (text: string) => void,
): Sampling {
  const { probes, problems } = chooseProbes(spec.probes.use);
  for (const problem of problems) {
    executor.problems.push(problem);
    onEvent({ kind: 'problem', problem });
  }
  // In mode sync one thread runs them all, so its time is that of none.
  const workers = scenario.mode === 'sync' ? [] : tasksOfWorkers(scenario);
  const names = workers.map(
    ([task = 0], worker) => [threadName(worker), taskPrefix(scenario.tasks[task].name)] as const,
  );
  const sampling = new Sampling(
    probes,
    spec.probes.interval / 1e6,
    new Map(names),
    ({ monotonic, ...values }) => executor.tell({ kind: 'sample', monotonic: String(monotonic), ...values }),
    // A probe that dies leaves a note beside its samples; the tasks are not its concern.
    (problem) => warn(problem.message),
  );
  sampling.processId = executor.pid;
  return sampling;
}

function startExecutor(
  { scenario, tasks, folder, repetition }: ProfileRequest,
  onEvent: (event: ProfileEvent) => void,
  sampling: () => Sampling,
  onMemory: ExecutorListener['onMemory'],
  signal: AbortSignal,
): ExecutorProcess {
  const memoryPrefix = `${memoryPrefixOf(process.pid)}${scenario.name}-${repetition}`;
  const nameOf = (task: number): string => scenario.tasks[task].name;
  return new ExecutorProcess(
    { scenario, tasks, folder, memoryPrefix },
    {
      onLoaded: (task, { loadMs, firstMs, provider }) =>
        onEvent({ kind: 'loaded', task: nameOf(task), loadMs, firstMs, provider }),
      onMemory,
      onProgress: (progress) => onEvent({ ...progress, ...sampling().latest() }),
      onLog: (severity, text) => onEvent({ kind: 'log', severity, text }),
      onProblem: (problem, task) =>
        onEvent({
          kind: 'problem',
          problem: task === undefined ? problem : { ...problem, message: `task ${nameOf(task)}: ${problem.message}` },
        }),
    },
    signal,
  );
}
