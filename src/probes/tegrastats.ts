/** NVIDIA Jetson: the tegrastats program, or a log that it wrote. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Problem } from '../base/problem.js';
import { parseTegrastats, readingsOf } from '../formats/recording/tegrastats.js';
import type { Probe, ProbeStart, RunningProbe } from './probe.js';
import { findProgram, runLines } from './spawned.js';

/** Names a file of tegrastats lines to be played back instead of running the program. */
const LOG_VARIABLE = 'INFERSIGHT_TEGRASTATS_LOG';

/** The probe of NVIDIA Jetson. */
export const tegrastats: Probe = {
  id: 'tegrastats',

  unavailable(): Problem | undefined {
    if (process.env[LOG_VARIABLE] || findProgram('tegrastats')) return undefined;
    return { code: 'backend', message: 'tegrastats is not on PATH', hint: 'it comes with JetPack on NVIDIA Jetson' };
  },

  start({ intervalMs, onSample, onProblem }: ProbeStart): RunningProbe {
    let samples = 0;
    const take = (line: string, monotonic: bigint) => {
      const readings = readingsOf(parseTegrastats(line));
      if (readings.length === 0) return;
      samples++;
      onSample({ monotonic, readings, line });
    };
    const log = process.env[LOG_VARIABLE];
    if (log) return playBack(log, intervalMs, take, () => samples, onProblem);
    const program = runLines(
      findProgram('tegrastats') ?? 'tegrastats',
      ['--interval', String(Math.round(intervalMs))],
      take,
      (reason) => onProblem({ code: 'backend', message: reason }),
    );
    return {
      stop: () => program.stop(),
      cost: () => {
        const cpu = program.cpuUs();
        return { samples, ...(cpu === undefined || samples === 0 ? {} : { cost_us: Math.round(cpu / samples) }) };
      },
    };
  },
};

/** One line of the log per interval. */
function playBack(
  file: string,
  intervalMs: number,
  take: (line: string, monotonic: bigint) => void,
  samples: () => number,
  onProblem: (problem: Problem) => void,
): RunningProbe {
  const stream = createReadStream(file, 'utf8');
  stream.on('error', (error) => onProblem({ code: 'file', message: `${LOG_VARIABLE}: ${error.message}` }));
  const lines = createInterface({ input: stream })[Symbol.asyncIterator]();
  let busy = false;
  const timer = setInterval(async () => {
    if (busy) return;
    busy = true;
    let next = await lines.next();
    while (!next.done && (next.value === '' || next.value.startsWith('#'))) next = await lines.next();
    if (next.done) clearInterval(timer);
    else take(next.value, process.hrtime.bigint());
    busy = false;
  }, intervalMs);
  return {
    async stop() {
      clearInterval(timer);
      stream.destroy();
    },
    cost: () => ({ samples: samples() }),
  };
}
