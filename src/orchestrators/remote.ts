/**
 * A run on a device that ssh reaches: prepared here, measured there, its events here as they come, its results here at the
 * end. The measurement needs no connection: when one breaks it goes on, and whoever asks later is told what happened since.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, messageOf, type Problem } from '../base/problem.js';
import type { OnEvent, PipelineEvent } from '../formats/run/events.js';
import { REMOTE_FILE, type RemotePlace, readRemotePlace, remotePlaceText } from '../formats/run/remote.js';
import { ORCHESTRATOR } from '../formats/run/run-state.js';
import { writeAtomic } from '../machine/files.js';
import { thisProcess } from '../machine/process.js';
import { ConnectionLost, SshHost, shellWord } from '../machine/ssh.js';
import { unpack } from '../machine/unpack.js';
import { runStage } from '../pipeline/stage.js';
import { EVENT_LOG } from '../store/event-log.js';
import type { RunDirectory } from '../store/run-directory.js';
import { keepAlive, writeState } from '../store/stage-states.js';
import { Device, shellCommand } from './device.js';
import { outcomeOf, type RunOutcome } from './outcome.js';

/** Who is told what, and when to end. */
export interface RemoteCall {
  readonly onEvent: OnEvent;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Where a run is measured; undefined for one of this machine. @throws ProblemError `file` */
export function remotePlace(run: RunDirectory): RemotePlace | undefined {
  const path = run.path(REMOTE_FILE);
  return existsSync(path) ? readRemotePlace(readFileSync(path, 'utf8'), path) : undefined;
}

/**
 * Measures a run on a host.
 * @param options of `infersight run` there
 * @throws ProblemError @throws ConnectionLost before it has begun there
 */
export async function runRemotely(
  run: RunDirectory,
  hostName: string,
  options: readonly string[],
  call: RemoteCall,
): Promise<RunOutcome> {
  const { stages, id } = run.document;
  call.onEvent({
    kind: 'run-start',
    run: id,
    folder: run.folder,
    stages: stages.map((s) => ({ id: s.id, kind: s.kind })),
  });
  const host = new SshHost(hostName);
  const noted = await noteRunning(run);
  try {
    const prepared = await runStage(run, 'prepare', call.onEvent, call.signal);
    if (prepared.state !== 'done') return { state: prepared.state, problems: withStage(prepared.problems) };
    await host.connect();
    const device = await Device.equip(host, call.say);
    const folder = device.runFolder(id);
    await device.push(run.folder, folder);
    const place: RemotePlace = { host: hostName, folder, program: device.program, started: new Date().toISOString() };
    await writeAtomic(run.path(REMOTE_FILE), remotePlaceText(place));
    await device.start(folder, options);
    return await followAndFetch(run, host, place, call);
  } finally {
    noted();
    await host.close();
  }
}

/** Goes on with a run whose connection broke. @throws ProblemError */
export async function attachRemotely(run: RunDirectory, place: RemotePlace, call: RemoteCall): Promise<RunOutcome> {
  const { stages, id } = run.document;
  call.onEvent({
    kind: 'run-start',
    run: id,
    folder: run.folder,
    stages: stages.map((s) => ({ id: s.id, kind: s.kind })),
  });
  const host = new SshHost(place.host);
  const noted = await noteRunning(run);
  try {
    await host.connect();
    return await followAndFetch(run, host, place, call);
  } finally {
    noted();
    await host.close();
  }
}

const withStage = (problems: readonly Problem[]): RunOutcome['problems'] =>
  problems.map((p) => ({ ...p, stage: 'prepare' }));

/** For lists of runs here, while the run is there. */
async function noteRunning(run: RunDirectory): Promise<() => void> {
  const start = new Date().toISOString();
  await writeState(run.folder, { id: ORCHESTRATOR, state: 'running', start, process: thisProcess() });
  return keepAlive(run.folder, ORCHESTRATOR);
}

async function followAndFetch(
  run: RunDirectory,
  host: SshHost,
  place: RemotePlace,
  call: RemoteCall,
): Promise<RunOutcome> {
  const stop = (): void => {
    const file = shellWord(`${place.folder}/.device/pid`);
    void host.run(shellCommand(`kill -INT "$(cat ${file})"`)).catch((error) => call.say(messageOf(error)));
  };
  call.signal.addEventListener('abort', stop);
  if (call.signal.aborted) stop();
  try {
    await follow(run, host, place, call);
  } finally {
    call.signal.removeEventListener('abort', stop);
  }
  await fetchResults(run, host, place);
  await writeAtomic(run.path(REMOTE_FILE), remotePlaceText({ ...place, fetched: new Date().toISOString() }));
  return outcomeOf(run);
}

/** Waits between attempts to connect again, s. */
const WAITS = [1, 2, 5, 10, 20, 30, 60];

/** Events of the device as they come, also into the log here, over as many connections as it takes. */
async function follow(run: RunDirectory, host: SshHost, place: RemotePlace, call: RemoteCall): Promise<void> {
  const log = join(run.folder, EVENT_LOG);
  let ended = false;
  let failures = 0;
  const hear = (line: string): void => {
    failures = 0;
    const event = JSON.parse(line) as PipelineEvent & { logged?: boolean };
    ended = event.kind === 'run-end';
    // The end of a process without a last word is told to us, and is no line of its log.
    if (event.logged === undefined) appendFileSync(log, `${line}\n`);
    if (event.kind === 'run-start') return;
    call.onEvent(event.kind === 'run-end' ? { ...event, seconds: event.seconds ?? 0, folder: run.folder } : event);
  };
  while (!ended) {
    try {
      const command = `${place.program} attach ${shellWord(place.folder)} --reporter json --skip ${linesOf(log)}`;
      const { code, stderr } = await host.run(shellCommand(command), { onLine: hear });
      if (!ended) fail('run', `on ${host.name}: ${stderr.trim().split('\n').at(-1) || `attach ended with ${code}`}`);
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      const wait = WAITS[failures++];
      if (wait === undefined)
        return fail(
          'run',
          `${host.name} cannot be reached any more: ${error.message}`,
          `the measurement goes on there; go on with: infersight attach ${run.folder}`,
        );
      call.say(
        `connection to ${host.name} lost (${error.message}); the measurement goes on there, trying again in ${wait} s`,
      );
      await sleep(wait * 1000);
    }
  }
}

const linesOf = (path: string): number =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((l) => l !== '').length
    : 0;

/** Everything but the models, which are from here; then the device has its room back. */
async function fetchResults(run: RunDirectory, host: SshHost, { folder }: RemotePlace): Promise<void> {
  const there = shellWord(folder);
  const { output, done } = host.stream(
    shellCommand(`cd ${there} && tar -cf - $(ls -A | grep -vxE 'models|remote.json')`),
  );
  await Promise.all([done, unpack(output, run.folder, host.name, 'free some space, then infersight attach')]);
  await host.run(shellCommand(`rm -rf ${there}`));
}
