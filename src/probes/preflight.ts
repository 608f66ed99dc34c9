/** What can spoil a measurement before it begins: load, clocks, limits, memory. Read in a moment, said with what to do. */
import { statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { bytes } from '../base/text.js';
import { round } from '../base/units.js';
import { namesIn, textIn } from '../machine/tree.js';
import { parseMeminfo, parseStat } from './linux.js';
import { ProcessWatch } from './linux-processes.js';

/** One thing that was looked at. */
export interface Check {
  readonly id: string;
  readonly ok: boolean;
  /** What was found. */
  readonly message: string;
  /** What to do; absent where all is well. */
  readonly advice?: string;
}

const text = (path: string): string | undefined => textIn(path)?.trim();

const LOOK_MS = 300;
/** Of all CPUs; the probes and a display are below. */
const BUSY_SHARE = 0.1;
const BUSY_CPUS = 0.25;
const LEAST_SHM = 64 * 2 ** 20;
const LEAST_FREE = 512 * 2 ** 20;
const LEAST_FILES = 256;

/** @param root `/`, or the root of a copied tree in tests */
export async function preflight(root = '/'): Promise<Check[]> {
  const at = (...parts: string[]): string => join(root, ...parts);
  const cpus = [...parseStat(text(at('proc/stat')) ?? '').keys()].length - 1;
  return [
    ...(await load(root, cpus)),
    ...governor(at('sys/devices/system/cpu/cpufreq')),
    ...turbo(at('sys/devices/system/cpu')),
    ...cpuLimit(at('sys/fs/cgroup'), cpus),
    ...memory(at),
    ...sharedMemory(at('dev/shm')),
    ...files(at('proc/self/limits')),
  ];
}

const good = (id: string, message: string): Check => ({ id, ok: true, message });
const bad = (id: string, message: string, advice: string): Check => ({ id, ok: false, message, advice });

/** CPUs that are busy now, and with whom. */
async function load(root: string, cpus: number): Promise<Check[]> {
  const path = join(root, 'proc/stat');
  const before = parseStat(text(path) ?? '').get('cpu');
  if (!before || cpus < 1) return [];
  const processes = new ProcessWatch(root);
  processes.sample(process.hrtime.bigint());
  await setTimeout(LOOK_MS);
  processes.sample(process.hrtime.bigint());
  const after = parseStat(text(path) ?? '').get('cpu') ?? before;
  const passed = after.total - before.total;
  const busy = passed > 0 ? (cpus * (after.busy - before.busy)) / passed : 0;
  if (busy < Math.max(BUSY_CPUS, BUSY_SHARE * cpus))
    return [good('load', `${round(busy, 1)} of ${cpus} CPUs are busy`)];
  const who = processes.others(process.pid).map((p) => `${p.name} ${round(p.cpus, 1)}`);
  return [
    bad(
      'load',
      `${round(busy, 1)} of ${cpus} CPUs are busy already${who.length > 0 ? `: ${who.join(', ')}` : ''}`,
      'end what does not run on the robot too; what remains is measured with the tasks',
    ),
  ];
}

function governor(folder: string): Check[] {
  const found = new Set(
    namesIn(folder)
      .filter((n) => n.startsWith('policy'))
      .flatMap((n) => text(join(folder, n, 'scaling_governor')) ?? []),
  );
  if (found.size === 0) return [];
  const list = [...found].join(', ');
  return list === 'performance'
    ? [good('governor', 'CPU governor: performance')]
    : [
        bad(
          'governor',
          `CPU governor: ${list}, so clocks follow the load`,
          'for figures that can be compared: cpupower frequency-set -g performance, or jetson_clocks on a Jetson',
        ),
      ];
}

function turbo(folder: string): Check[] {
  const on = text(join(folder, 'intel_pstate/no_turbo')) === '0' || text(join(folder, 'cpufreq/boost')) === '1';
  return on
    ? [
        bad(
          'turbo',
          'CPU turbo is on: clocks depend on temperature and on how many cores work',
          'for figures that can be compared switch it off (intel_pstate/no_turbo or cpufreq/boost)',
        ),
      ]
    : [];
}

/** CPUs that a cgroup grants (version 2, else 1); undefined without a limit. */
export function grantedCpus(folder: string): number | undefined {
  const [quota, period] = (
    text(join(folder, 'cpu.max')) ??
    `${text(join(folder, 'cpu/cpu.cfs_quota_us')) ?? 'max'} ${text(join(folder, 'cpu/cpu.cfs_period_us')) ?? ''}`
  )
    .split(' ')
    .map(Number);
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : undefined;
}

function cpuLimit(folder: string, cpus: number): Check[] {
  const granted = grantedCpus(folder);
  return granted !== undefined && granted < cpus
    ? [
        bad(
          'cpu_limit',
          `a cgroup grants ${round(granted, 2)} of ${cpus} CPUs; when they are used up every thread is stopped until the next period`,
          'raise the limit of the container (docker --cpus, resources.limits.cpu), or take it away',
        ),
      ]
    : [];
}

function memory(at: (...parts: string[]) => string): Check[] {
  const free = parseMeminfo(text(at('proc/meminfo')) ?? '').get('MemAvailable') ?? freemem();
  const limit = Number(text(at('sys/fs/cgroup/memory.max')) ?? text(at('sys/fs/cgroup/memory/memory.limit_in_bytes')));
  const used = Number(
    text(at('sys/fs/cgroup/memory.current')) ?? text(at('sys/fs/cgroup/memory/memory.usage_in_bytes')),
  );
  const left = limit > 0 && used >= 0 ? Math.min(free, limit - used) : free;
  return left < LEAST_FREE
    ? [
        bad(
          'memory',
          `${bytes(Math.max(0, left))} of memory are free`,
          'end other programs; models that do not fit are swapped out or killed',
        ),
      ]
    : [good('memory', `${bytes(left)} of memory are free`)];
}

function sharedMemory(folder: string): Check[] {
  try {
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    return free < LEAST_SHM
      ? [
          bad(
            'shm',
            `/dev/shm has ${bytes(free)} left, so what is recorded goes to a disk while it is measured`,
            'give the container more: docker run --shm-size 1g, or an emptyDir of medium Memory',
          ),
        ]
      : [good('shm', `/dev/shm has ${bytes(free)} left`)];
  } catch {
    return [
      bad(
        'shm',
        'there is no /dev/shm, so what is recorded goes to the temporary folder while it is measured',
        'mount one (a tmpfs), or point TMPDIR at a file system in memory',
      ),
    ];
  }
}

function files(path: string): Check[] {
  const most = Number(/^Max open files\s+(\d+)/m.exec(text(path) ?? '')?.[1] ?? Number.NaN);
  return most < LEAST_FILES
    ? [bad('open_files', `at most ${most} files may be open`, `raise it: ulimit -n ${4 * LEAST_FILES}`)]
    : [];
}
