/** What the report page shows now. */
import { computed, effect, signal } from '@preact/signals';
import { decisiveScenario } from '../../analysis/answer.js';
import { engineLabel } from '../../analysis/meters.js';
import type { ScenarioReport } from '../../formats/report/report.js';
import {
  type PageJobs,
  type PageRecording,
  type PageSamples,
  type ReportPage,
  unpackJobs,
  unpackSeries,
} from '../../formats/report/report-page.js';
import type { Span } from '../canvas/time-scale.js';
import { readBytes } from '../payload.js';
import { readUrl, type UrlState, writeUrl } from '../url-state.js';
import { indexTask, type TaskIndex } from './timeline-index.js';
import type { LaneOrder } from './timeline-lanes.js';

/** A recording with its columns unpacked. */
export interface Loaded {
  readonly recording: PageRecording;
  readonly scenario: ScenarioReport | undefined;
  readonly jobs: PageJobs;
  readonly indexes: readonly TaskIndex[];
  /** Where each task ran, in words. */
  readonly engines: readonly string[];
  readonly samples: readonly PageSamples[];
}

/** What the page holds. */
export const page = signal<ReportPage | undefined>(undefined);
/** Position in `recordings`. */
export const chosenRecording = signal(0);
/** The recordings whose jobs are unpacked. */
export const loaded = signal<ReadonlyMap<number, Loaded>>(new Map());
/** Row of the chosen job. */
export const chosenJob = signal<number | undefined>(undefined);
/** Row of the job under the pointer. */
export const hoveredJob = signal<number | undefined>(undefined);
/** A stretch of time that was marked, us. */
export const marked = signal<Readonly<Span> | undefined>(undefined);
/** Stretch of time that the timeline shows, us; undefined for all. */
export const sight = signal<Readonly<Span> | undefined>(undefined);
/** How the lanes of the timeline are put together. */
export const laneOrder = signal<LaneOrder>('task');

/** The one in sight. */
export const current = computed<Loaded | undefined>(() => loaded.value.get(chosenRecording.value));

/** The section of the report that a recording belongs to: there is one for each repetition. */
export function scenarioOf({ report }: ReportPage, recording: PageRecording): ScenarioReport | undefined {
  return (
    report.scenarios.find(
      (s) => s.name === recording.scenario && (s.repetition ?? 1) === recording.repetition && s.part === recording.part,
    ) ?? report.scenarios.find((s) => s.name === recording.scenario)
  );
}

/** The recording that the answer is about. */
export function decisiveRecording(data: ReportPage): number {
  const decisive = decisiveScenario(data.report);
  return Math.max(
    0,
    data.recordings.findIndex((r) => decisive !== undefined && scenarioOf(data, r) === decisive),
  );
}

/** Unpacked when it is looked at, so that the first recording is there at once. */
export async function load(index: number): Promise<void> {
  const data = page.value;
  const recording = data?.recordings[index];
  if (!data || !recording || loaded.value.has(index)) return;
  const jobs = unpackJobs(await readBytes(`jobs${index}`), recording.tasks);
  const samples = unpackSeries(await readBytes(`series${index}`), recording.series);
  const indexes = recording.tasks.map((_, task) => indexTask(jobs, recording, task));
  const scenario = scenarioOf(data, recording);
  const engines = recording.tasks.map(({ name }) =>
    engineLabel(scenario?.tasks.find((t) => t.name === name)?.placement?.accelerator ?? ''),
  );
  const entry: Loaded = { recording, scenario, jobs, indexes, engines, samples };
  loaded.value = new Map([...loaded.value, [index, entry]]);
}

/** Brings another recording into sight. */
export function chooseRecording(index: number): void {
  if (index !== chosenRecording.value) {
    chosenJob.value = undefined;
    hoveredJob.value = undefined;
    marked.value = undefined;
    sight.value = undefined;
  }
  chosenRecording.value = index;
  void load(index);
}

const SECOND = 1e6;
const seconds = (us: number): string => String(Number((us / SECOND).toFixed(6)));

/** Written while the recording is the one that the page opens with, this is left out. */
function urlOf(): UrlState {
  const data = page.value;
  const recording = data?.recordings[chosenRecording.value];
  if (!data || !recording) return {};
  const other = chosenRecording.value !== decisiveRecording(data);
  const entry = current.value;
  const row = chosenJob.value;
  const index = entry?.indexes.find((i) => row !== undefined && row >= i.from && row < i.to);
  return {
    scenario: other ? recording.scenario : undefined,
    rep: other && recording.repetition > 1 ? String(recording.repetition) : undefined,
    part: other && recording.part !== undefined ? String(recording.part) : undefined,
    rows: laneOrder.value === 'task' ? undefined : laneOrder.value,
    t: sight.value ? `${seconds(sight.value.from)}-${seconds(sight.value.to)}` : undefined,
    mark: marked.value ? `${seconds(marked.value.from)}-${seconds(marked.value.to)}` : undefined,
    job: index && row !== undefined ? `${index.name}.${row - index.from}` : undefined,
  };
}

function spanOf(text: string | undefined): Span | undefined {
  const [, from, to] = /^(-?[\d.]+)-([\d.]+)$/.exec(text ?? '') ?? [];
  const span = { from: Number(from) * SECOND, to: Number(to) * SECOND };
  return Number.isFinite(span.from) && span.to > span.from ? span : undefined;
}

/** The recording that an address names; that of the answer where it names none. */
export function recordingOf(data: ReportPage, { scenario, rep, part }: UrlState): number {
  if (scenario === undefined) return decisiveRecording(data);
  const found = data.recordings.findIndex(
    (r) =>
      r.scenario === scenario &&
      r.repetition === Number(rep ?? 1) &&
      (part === undefined || r.part === undefined || r.part === Number(part)),
  );
  return found < 0 ? decisiveRecording(data) : found;
}

/** Shows what an address says; the recording must be loaded for its jobs. */
export function showUrl(state: UrlState): void {
  laneOrder.value = state.rows === 'engine' ? 'engine' : 'task';
  sight.value = spanOf(state.t);
  marked.value = spanOf(state.mark);
  const at = state.job?.lastIndexOf('.') ?? -1;
  const index = current.value?.indexes.find((i) => i.name === state.job?.slice(0, at));
  const row = index ? index.from + Number(state.job?.slice(at + 1)) : Number.NaN;
  chosenJob.value = index && row >= index.from && row < index.to ? row : undefined;
}

/** Moving waits until it rests, choosing does not. */
const REST_MS = 250;

/** Keeps the address up to what the page shows. */
export function followState(): void {
  let before = readUrl();
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const state = urlOf();
    if (!page.value || !current.value) return;
    clearTimeout(timer);
    const chosen = state.job !== before.job || state.scenario !== before.scenario || state.rep !== before.rep;
    timer = setTimeout(
      () => {
        writeUrl(state, chosen);
        before = state;
      },
      chosen ? 0 : REST_MS,
    );
  });
}
