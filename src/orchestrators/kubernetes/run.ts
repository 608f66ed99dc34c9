/** A pipeline on a fleet: the stages of each device as Jobs in the order of the plan, devices beside each other. */
import type { Problem } from '../../base/problem.js';
import { type FleetRun, jobOf, pipelineConfigMap, runOn } from '../../fleet/jobs.js';
import type { FleetDevice } from '../../formats/fleet/fleet.js';
import type { OnEvent } from '../../formats/run/events.js';
import { nextStages, type StageEnd } from '../order.js';
import type { Cluster } from './cluster.js';
import { fetchResults } from './fetch.js';
import { type JobEnd, runJob } from './stage-job.js';

/** What became of the run on one device. */
export interface DeviceEnd {
  readonly device: string;
  readonly state: 'done' | 'failed' | 'interrupted';
  readonly problems: readonly (Problem & { readonly stage: string })[];
  readonly verdict?: string;
  /** Where its results are here. */
  readonly folder?: string;
}

/** Who hears of a device. */
export interface FleetCall {
  readonly onEvent: (device: string) => OnEvent;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
  /** Folder here that results are fetched into; they stay on the devices without. */
  readonly runs?: string;
}

/** A run whose driver died goes on when it is called again by the same name: its Jobs are found. @throws ProblemError */
export async function runOnCluster(run: FleetRun, cluster: Cluster, call: FleetCall): Promise<DeviceEnd[]> {
  await cluster.putConfigMap(pipelineConfigMap(run), call.say);
  return Promise.all(run.fleet.devices.map((device) => runDevice(run, cluster, device, call)));
}

async function runDevice(run: FleetRun, cluster: Cluster, device: FleetDevice, call: FleetCall): Promise<DeviceEnd> {
  const tell = call.onEvent(device.id);
  let verdict: string | undefined;
  const onEvent: OnEvent = (event) => {
    if (event.kind === 'verdict') verdict = event.verdict;
    tell(event);
  };
  const begin = Date.now();
  const folder = runOn(run.name, device);
  onEvent({ kind: 'run-start', run: folder, folder, stages: run.plan.map(({ id, kind }) => ({ id, kind })) });
  const ended = new Map<string, StageEnd>();
  const problems: (Problem & { stage: string })[] = [];
  const made: { readonly name: string; readonly end: JobEnd }[] = [];
  const going = new Map<string, Promise<void>>();
  for (;;) {
    const recorded = run.plan.some((s) => s.kind === 'profile' && ended.get(s.id) === 'done');
    const { start, skip } = nextStages(run.plan, ended, recorded);
    for (const stage of skip) ended.set(stage.id, 'skipped');
    for (const stage of start) {
      if (call.signal.aborted) {
        ended.set(stage.id, 'interrupted');
        continue;
      }
      ended.set(stage.id, 'running');
      const job = jobOf(run, device, stage);
      const done = runJob(cluster, stage, job, { onEvent, say: call.say, signal: call.signal }).then((end) => {
        ended.set(stage.id, end.state);
        problems.push(...end.problems.map((p) => ({ ...p, stage: stage.id })));
        made.push({ name: (job.metadata as { name: string }).name, end });
        going.delete(stage.id);
      });
      going.set(stage.id, done);
    }
    if (going.size > 0) await Promise.race(going.values());
    else if (start.length === 0 && skip.length === 0) break;
  }
  const bad = [...ended.values()].some((e) => e === 'failed' || e === 'skipped');
  const state = call.signal.aborted ? 'interrupted' : bad ? 'failed' : 'done';
  await cleanUp(cluster, run.fleet.cleanup, made);
  // Where nothing was done there is nothing to fetch.
  const something = [...ended.values()].includes('done');
  const fetched =
    call.runs === undefined || call.signal.aborted || !something
      ? undefined
      : await fetchResults(run, device, cluster, call.runs, call);
  onEvent({ kind: 'run-end', state, folder: fetched ?? folder, seconds: (Date.now() - begin) / 1000 });
  return {
    device: device.id,
    state,
    problems,
    ...(verdict === undefined ? {} : { verdict }),
    ...(fetched === undefined ? {} : { folder: fetched }),
  };
}

const cleanUp = async (
  cluster: Cluster,
  policy: FleetRun['fleet']['cleanup'],
  made: readonly { readonly name: string; readonly end: JobEnd }[],
): Promise<void> => {
  const gone = policy === 'never' ? [] : made.filter(({ end }) => policy === 'always' || end.state === 'done');
  await Promise.all(gone.map(({ name }) => cluster.deleteJob(name)));
};
