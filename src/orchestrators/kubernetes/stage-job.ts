/** One stage as a Job: made or found, why it waits, what it prints, how it ends. */
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import { fail, type Problem } from '../../base/problem.js';
import { SPEC_ANNOTATION as SPEC } from '../../fleet/jobs.js';
import type { Manifest } from '../../fleet/pod.js';
import type { OnEvent, PipelineEvent } from '../../formats/run/events.js';
import type { PlannedStage } from '../../formats/run/plan.js';
import type { StageEnd } from '../order.js';
import type { Cluster } from './cluster.js';

/** How a stage ended. */
export interface JobEnd {
  readonly state: Exclude<StageEnd, 'running' | 'skipped'>;
  readonly code: number;
  readonly problems: readonly Problem[];
}

/** Who hears of a stage. */
export interface JobCall {
  readonly onEvent: OnEvent;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A pod that cannot begin for one of these reasons never will by itself; so long it is given, ms. */
const HOPELESS =
  /^(ErrImageNeverPull|ErrImagePull|ImagePullBackOff|InvalidImageName|CreateContainerConfigError|CreateContainerError|RunContainerError)$/;
const PATIENCE_MS = 90_000;
/** Nothing but another fleet file mends these. */
const FINAL = /^(ErrImageNeverPull|InvalidImageName)$/;
const FINAL_PATIENCE_MS = 5000;
const INTERRUPTED = 130;
/** Exit codes with which a stage has done what it should: a verdict is an answer. */
const ANSWERS = [0, 5, 6];

/** Never throws for a stage that fails. @throws ProblemError for a cluster that refuses it, or another Job of that name */
export async function runJob(
  cluster: Cluster,
  stage: PlannedStage,
  manifest: Manifest,
  call: JobCall,
): Promise<JobEnd> {
  const { metadata } = manifest as { metadata: { name: string; annotations: Record<string, string> } };
  const there = await cluster.createJob(manifest, call.say);
  if (there) attach(there, metadata, stage, call);
  const heard = hearing(call);
  const begin = Date.now();
  let hopelessSince: number | undefined;
  let waits = '';
  let seen = false;
  let follow: (() => void) | undefined;
  const stop = (): void => void cluster.deleteJob(metadata.name);
  call.signal.addEventListener('abort', stop, { once: true });
  const never = new AbortController();
  try {
    const found = await cluster.watchPods(
      metadata.name,
      (pods) => {
        const pod = pods[0];
        // Once there was one there is no other: it was deleted, or the Job before it had any.
        if (!pod) return seen || call.signal.aborted ? 'gone' : undefined;
        seen = true;
        const why = reasonOf(pod);
        if (why && why.text !== waits) {
          waits = why.text;
          call.onEvent({ kind: 'note', stage: stage.id, severity: 'warning', text: `waits: ${why.text}` });
        }
        hopelessSince = why?.hopeless ? (hopelessSince ?? Date.now()) : undefined;
        const base = pod.status?.containerStatuses?.find((c) => c.name === 'base');
        if (base?.state?.running && !follow) follow = cluster.followLog(pod.metadata?.name ?? '', heard.line);
        if (base?.state?.terminated) return { pod, code: base.state.terminated.exitCode };
        if (pod.status?.phase === 'Failed') return { pod, code: 1 };
        if (hopelessSince !== undefined && Date.now() - hopelessSince > patienceFor(waits)) return { pod, code: -1 };
        return undefined;
      },
      call.say,
      never.signal,
    );
    if (!found) return fail('run', `${stage.id} has no pod`);
    if (found === 'gone') return goneEnd(stage, heard.problems, call.signal.aborted);
    const name = found.pod.metadata?.name ?? '';
    if (found.code === -1) {
      await cluster.deleteJob(metadata.name);
      return failed(stage, `its pod cannot begin: ${waits}`, await cluster.warnings(name));
    }
    heard.rest(await cluster.log(name));
    return endOf(stage, found.code, heard.problems, found.pod, (Date.now() - begin) / 1000);
  } finally {
    call.signal.removeEventListener('abort', stop);
    follow?.();
  }
}

const patienceFor = (waits: string): number =>
  FINAL.test(waits.split(':')[0] ?? '') ? FINAL_PATIENCE_MS : PATIENCE_MS;

const goneEnd = (stage: PlannedStage, problems: readonly Problem[], interrupted: boolean): JobEnd =>
  interrupted ? { state: 'interrupted', code: INTERRUPTED, problems } : failed(stage, 'its pod was deleted', []);

function attach(
  there: V1Job,
  { name, annotations }: { name: string; annotations: Record<string, string> },
  stage: PlannedStage,
  call: JobCall,
): void {
  if (there.metadata?.annotations?.[SPEC] !== annotations[SPEC])
    fail(
      'usage',
      `there is a Job ${name} already, made from something else`,
      'choose another name for the run, or delete that Job',
    );
  call.onEvent({ kind: 'note', stage: stage.id, severity: 'info', text: `found ${name}, which goes on` });
}

/** Events out of the lines of a container, whatever comes twice. */
function hearing(call: JobCall) {
  let seen = 0;
  const problems: Problem[] = [];
  const one = (line: string): void => {
    if (line === '') return;
    seen++;
    let event: PipelineEvent | undefined;
    try {
      event = line.startsWith('{') ? (JSON.parse(line) as PipelineEvent) : undefined;
    } catch {
      // A program that prints beside the events.
    }
    if (!event?.kind) return;
    if (event.kind === 'problem') problems.push(event.problem);
    call.onEvent(event);
  };
  return {
    problems,
    line: one,
    /** What a stream that broke has not told. */
    rest: (lines: readonly string[]): void => {
      for (const line of lines.slice(seen)) one(line);
    },
  };
}

/** Why a pod has not begun. */
function reasonOf(pod: V1Pod): { readonly text: string; readonly hopeless: boolean } | undefined {
  const unplaced = pod.status?.conditions?.find((c) => c.type === 'PodScheduled' && c.status === 'False');
  if (unplaced?.message) return { text: plain(unplaced.message), hopeless: false };
  const waiting = pod.status?.containerStatuses?.find((c) => c.name === 'base')?.state?.waiting;
  if (!waiting?.reason || waiting.reason === 'ContainerCreating' || waiting.reason === 'PodInitializing')
    return undefined;
  return {
    text: [waiting.reason, waiting.message].filter(Boolean).join(': '),
    hopeless: HOPELESS.test(waiting.reason),
  };
}

/** The scheduler's words, where there are better ones. */
const plain = (message: string): string =>
  /anti-affinity/.test(message) ? `another stage has the device (${message})` : message;

const failed = (stage: PlannedStage, message: string, warnings: readonly string[]): JobEnd => ({
  state: 'failed',
  code: 4,
  problems: [{ code: 'run', message: `${stage.id}: ${[message, ...warnings.slice(-1)].join('; ')}` }],
});

function endOf(stage: PlannedStage, code: number, problems: readonly Problem[], pod: V1Pod, seconds: number): JobEnd {
  if (code === INTERRUPTED) return { state: 'interrupted', code, problems };
  if (ANSWERS.includes(code)) return { state: 'done', code, problems: [] };
  if (problems.length > 0) return { state: 'failed', code, problems };
  const why =
    pod.status?.reason ?? pod.status?.containerStatuses?.[0]?.state?.terminated?.reason ?? `exit code ${code}`;
  return failed(
    stage,
    `its pod ended after ${seconds.toFixed(0)} s: ${why}`,
    pod.status?.message ? [pod.status.message] : [],
  );
}
