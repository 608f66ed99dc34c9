/** NVIDIA GPUs of servers and desktops: nvidia-smi's query mode. `[N/A]` is absent, not zero. */

import type { Problem } from '../base/problem.js';
import { own } from '../base/search.js';
import type { Reading } from '../formats/recording/tegrastats.js';
import type { Probe, ProbeStart, RunningProbe } from './probe.js';
import { findProgram, runLines } from './spawned.js';

const FIELDS = [
  'index',
  'utilization.gpu',
  'utilization.memory',
  'memory.used',
  'memory.total',
  'temperature.gpu',
  'power.draw',
  'clocks.sm',
  'clocks.mem',
  'clocks_throttle_reasons.active',
] as const;

interface Target {
  readonly series: string;
  readonly unit: string;
  readonly scale: number;
}

/** The header has other names than the query: clocks.sm comes back as clocks.current.sm, throttle reasons as event reasons. */
const TARGETS: Record<string, Target> = {
  'utilization.gpu': { series: 'gpu.load', unit: 'percent', scale: 1 },
  'utilization.memory': { series: 'gpu.memory_load', unit: 'percent', scale: 1 },
  'memory.used': { series: 'gpu.memory_used', unit: 'bytes', scale: 1048576 },
  'memory.total': { series: 'gpu.memory_total', unit: 'bytes', scale: 1048576 },
  'temperature.gpu': { series: 'temperature.gpu', unit: 'C', scale: 1 },
  'power.draw': { series: 'power.GPU', unit: 'mW', scale: 1000 },
  'clocks.sm': { series: 'gpu.clock', unit: 'MHz', scale: 1 },
  'clocks.current.sm': { series: 'gpu.clock', unit: 'MHz', scale: 1 },
  'clocks.mem': { series: 'gpu.memory_clock', unit: 'MHz', scale: 1 },
  'clocks.current.memory': { series: 'gpu.memory_clock', unit: 'MHz', scale: 1 },
  'clocks_throttle_reasons.active': { series: 'gpu.throttle_reasons', unit: 'mask', scale: 1 },
  'clocks_event_reasons.active': { series: 'gpu.throttle_reasons', unit: 'mask', scale: 1 },
};

/** Names of a header line, without the units in brackets. */
export const parseHeader = (line: string): string[] => line.split(',').map((cell) => withoutUnit(cell.trim()));

function withoutUnit(cell: string): string {
  const bracket = cell.endsWith(']') ? cell.lastIndexOf('[') : -1;
  return bracket < 0 ? cell : cell.slice(0, bracket).trimEnd();
}

const ABSENT = /^\[?(N\/A|Not Supported|Unknown Error|GPU requires reset)\]?$/i;

/** A cell such as `592.74 W`, `32480 MiB`, `0x0000000000000004` or `[N/A]`. */
function parseCell(cell: string): number | undefined {
  const text = cell.trim();
  if (text === '' || ABSENT.test(text)) return undefined;
  const number = /^0x[0-9a-f]+$/i.test(text) ? Number(text) : Number.parseFloat(text);
  return Number.isFinite(number) ? number : undefined;
}

/** One line under its header. The first GPU has plain names, others carry their index. */
export function parseRow(header: readonly string[], line: string): Reading[] {
  const cells = line.split(',');
  const index = parseCell(cells[header.indexOf('index')] ?? '0') ?? 0;
  return header.flatMap((name, i) => {
    const target = own(TARGETS, name);
    const value = parseCell(cells[i] ?? '');
    if (!target || value === undefined) return [];
    const series = index === 0 ? target.series : target.series.replace(/gpu/i, (g) => `${g}.${index}`);
    return [{ name: series, unit: target.unit, value: value * target.scale }];
  });
}

/** The probe of NVIDIA GPUs beside a PC or server. */
export const nvidiaSmi: Probe = {
  id: 'nvidia-smi',

  unavailable(): Problem | undefined {
    return findProgram('nvidia-smi')
      ? undefined
      : {
          code: 'backend',
          message: 'nvidia-smi is not on PATH',
          hint: 'it comes with the NVIDIA driver; on Jetson use tegrastats',
        };
  },

  start({ intervalMs, onSample, onProblem }: ProbeStart): RunningProbe {
    let header: string[] | undefined;
    let samples = 0;
    const program = runLines(
      findProgram('nvidia-smi') ?? 'nvidia-smi',
      [`--query-gpu=${FIELDS.join(',')}`, '--format=csv', `--loop-ms=${Math.round(intervalMs)}`],
      (line, monotonic) => {
        if (line.startsWith('index,')) header = parseHeader(line);
        else if (header) {
          const readings = parseRow(header, line);
          samples++;
          onSample({ monotonic, readings });
        }
      },
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
