/**
 * A control thread: sleeps on one CPU, wakes at a fixed interval, and notes how late. It asks the machine what cyclictest
 * asks it, beside the tasks and as one of their process: whether a stall was theirs, of the process, or of the machine.
 */
import { openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { mapFile } from '../../machine/mapped-memory.js';
import { nameThread, placeThread, shrinkTimerSlack, threadId } from '../../machine/thread.js';
import { type ControlArm, type ControlData, STARTED } from '../messages.js';
import { RunClock, warmClock } from '../thread/pacing.js';
import { StallLog, stallBytes } from './stall-log.js';

const data = workerData as ControlData;
const port = parentPort as NonNullable<typeof parentPort>;
/** The delay in the queue is read this often where nothing was late, so that what adds up meanwhile is not taken for a stall. */
const READ_EVERY = 64;
/** ns after the origin: grids of tasks have their releases at whole, half, third and quarter milliseconds, and not here. */
const PHASE = 0.52e6;

/** ns that the calling thread has waited for its CPU so far; 0 where the system does not say. */
function queueDelay(): () => number {
  const bytes = new Uint8Array(new ArrayBuffer(64));
  const decoder = new TextDecoder('latin1');
  let file: number;
  try {
    file = openSync(`/proc/self/task/${threadId()}/schedstat`, 'r');
  } catch {
    return () => 0;
  }
  return () => {
    const length = readSync(file, bytes, 0, bytes.length, 0);
    return Number(decoder.decode(bytes.subarray(0, length)).split(' ')[1]);
  };
}

function ownTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

function watch({ file, capacity, control, clock, zero }: ControlArm): void {
  const log = new StallLog(mapFile(file, stallBytes(capacity)));
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  const delay = queueDelay();
  warmClock();
  Atomics.wait(new Int32Array(control), STARTED, 0);
  const run = new RunClock(new Float64Array(clock)[0], zero);
  let due = (Math.floor(Math.max(0, run.now()) / data.period) + 1) * data.period + PHASE;
  let waited = delay();
  let own = ownTime();
  for (let tick = 1; ; tick++) {
    Atomics.wait(sleep, 0, 0, Math.max(0, (due - run.now()) / 1e6));
    const now = run.now();
    if (now < due) continue;
    const late = now - due;
    const ownNow = ownTime();
    log.tick(late);
    if (late > data.note || tick % READ_EVERY === 0) {
      const waitedNow = delay();
      if (late > data.note) log.add(due, late, Math.min(late, waitedNow - waited), ownNow - own);
      waited = waitedNow;
    }
    own = ownNow;
    due += data.period * Math.max(1, Math.ceil((now - due) / data.period));
  }
}

nameThread(`control-${data.cpu}`);
shrinkTimerSlack();
const grant = placeThread({ cpus: [data.cpu], priority: 'normal' });
port.once('message', watch);
port.postMessage(grant.cpus === true);
