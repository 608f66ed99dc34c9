/** The results of a run on a device, taken from its volume. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, messageOf } from '../../base/problem.js';
import { type FleetRun, runOn, shelfOf } from '../../fleet/jobs.js';
import type { FleetDevice } from '../../formats/fleet/fleet.js';
import { shellWord } from '../../machine/ssh.js';
import { unpack } from '../../machine/unpack.js';
import type { Cluster } from './cluster.js';

/** A pod that has not begun by then will not, ms. */
const BEGIN_MS = 90_000;

/**
 * Into `runs/<run>.<device>`, all but the models. What cannot be fetched stays on the device, and is said: the run itself is over.
 * @returns the folder
 */
export async function fetchResults(
  run: FleetRun,
  device: FleetDevice,
  cluster: Cluster,
  runs: string,
  call: { readonly say: (text: string) => void; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { job, name, folder } = shelfOf(run, device);
  try {
    await cluster.createJob(job, call.say);
    const pod = await cluster.watchPods(
      name,
      (pods) => pods.find((p) => p.status?.phase === 'Running')?.metadata?.name,
      call.say,
      AbortSignal.any([call.signal, AbortSignal.timeout(BEGIN_MS)]),
    );
    if (pod === undefined) return fail('run', 'no pod could begin beside it');
    const to = join(runs, runOn(run.name, device));
    await mkdir(to, { recursive: true });
    const command = `cd ${shellWord(folder)} && tar -cf - $(ls -A | grep -vxE 'models')`;
    const { output, done } = cluster.exec(pod, ['sh', '-c', command]);
    await Promise.all([done, unpack(output, to, device.id, 'free some space, then give the same command again')]);
    return to;
  } catch (error) {
    call.say(`the results of ${device.id} stay on its volume, ${folder}: ${messageOf(error)}`);
    return undefined;
  } finally {
    await cluster.deleteJob(name);
  }
}
