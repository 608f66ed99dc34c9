/** Linux: /proc and /sys. Everything that cannot be read is absent. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../base/problem.js';
import type { Reading } from '../formats/recording/tegrastats.js';
import { namesInOrder, textIn } from '../machine/tree.js';
import { JetsonReader } from './linux-jetson.js';
import { findPower, type PowerSource } from './linux-power.js';
import { ThreadReader } from './linux-threads.js';
import type { Probe, ProbeStart, RunningProbe } from './probe.js';
import { findProgram } from './spawned.js';

const numberIn = (path: string): number | undefined => {
  const text = textIn(path)?.trim();
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
};

interface CpuTimes {
  readonly busy: number;
  readonly total: number;
  /** Taken by other machines on the same host. */
  readonly steal: number;
}

/** Busy and total jiffies of each `cpuN` line of /proc/stat; `cpu` is the sum of all. */
export function parseStat(text: string): Map<string, CpuTimes> {
  const times = new Map<string, CpuTimes>();
  for (const line of text.split('\n')) {
    if (!line.startsWith('cpu')) break;
    const [name = '', ...fields] = line.trim().split(/\s+/);
    // user nice system idle iowait irq softirq steal; guest is counted in user already.
    const values = fields.slice(0, 8).map(Number);
    const total = values.reduce((a, b) => a + b, 0);
    const idle = (values[3] ?? 0) + (values[4] ?? 0);
    times.set(name, { busy: total - idle, total, steal: values[7] ?? 0 });
  }
  return times;
}

/** Sizes of /proc/meminfo, bytes. */
export function parseMeminfo(text: string): Map<string, number> {
  return new Map([...text.matchAll(/^(\w+):\s+(\d+) kB/gm)].map(([, key = '', kb]) => [key, Number(kb) * 1024]));
}

interface Zone {
  readonly name: string;
  readonly path: string;
}

/** Thermal zones; several of one type are numbered. */
function findZones(root: string): Zone[] {
  const base = join(root, 'sys/class/thermal');
  const zones = namesInOrder(base)
    .filter((n) => n.startsWith('thermal_zone'))
    .flatMap((n) => {
      const type = textIn(join(base, n, 'type'))
        ?.trim()
        .toLowerCase()
        .replace(/[-_](therm|thermal)$/, '')
        .replaceAll(/[^a-z0-9_]+/g, '_');
      return type ? [{ name: type, path: join(base, n, 'temp') }] : [];
    });
  return zones.map((zone, i) => {
    const before = zones.slice(0, i).filter((z) => z.name === zone.name).length;
    return before === 0 ? zone : { ...zone, name: `${zone.name}${before}` };
  });
}

/** Counters of throttling that x86 and some boards offer. */
function findThrottle(root: string): Zone[] {
  const cpu = join(root, 'sys/devices/system/cpu');
  const counters = [
    { name: 'throttle.core', path: join(cpu, 'cpu0/thermal_throttle/core_throttle_count') },
    { name: 'throttle.package', path: join(cpu, 'cpu0/thermal_throttle/package_throttle_count') },
  ];
  const soctherm = join(root, 'sys/class/hwmon');
  for (const hwmon of namesInOrder(soctherm)) {
    if (!/soctherm/.test(textIn(join(soctherm, hwmon, 'name')) ?? '')) continue;
    for (const file of namesInOrder(join(soctherm, hwmon))) {
      if (/^oc\d+_event_cnt$/.test(file))
        counters.push({ name: `throttle.${file.replace('_event_cnt', '')}`, path: join(soctherm, hwmon, file) });
    }
  }
  return counters.filter((c) => existsSync(c.path));
}

/** Reads all counters of a Linux system at once. */
export class LinuxReader {
  readonly #root: string;
  readonly #zones: readonly Zone[];
  readonly #throttle: readonly Zone[];
  readonly #power: readonly PowerSource[];
  /** Where tegrastats does not tell them. */
  readonly #jetson: JetsonReader | undefined;
  #last: Map<string, CpuTimes>;
  #lastProcess: { pid: number; jiffies: number } | undefined;
  #lastTotal: number;

  /** @param root `/`, or the root of a copied tree in tests */
  constructor(root: string) {
    this.#root = root;
    this.#zones = findZones(root);
    this.#throttle = findThrottle(root);
    this.#power = findPower(root);
    this.#jetson = findProgram('tegrastats') ? undefined : new JetsonReader(root);
    this.#last = parseStat(textIn(join(root, 'proc/stat')) ?? '');
    this.#lastTotal = this.#last.get('cpu')?.total ?? 0;
  }

  sample(pid: number | undefined, nowNs: bigint): Reading[] {
    return [
      ...this.#cpu(pid),
      ...this.#memory(),
      ...(pid === undefined ? [] : this.#processMemory(pid)),
      ...(this.#jetson?.sample(nowNs) ?? []),
      ...this.#zones.flatMap(({ name, path }) => temperature(name, numberIn(path))),
      ...this.#power.flatMap((source) => {
        const milliwatts = source.read(nowNs);
        return milliwatts === undefined ? [] : [{ name: `power.${source.name}`, unit: 'mW', value: milliwatts }];
      }),
      ...this.#throttle.flatMap(({ name, path }) => {
        const value = numberIn(path);
        return value === undefined ? [] : [{ name, unit: 'count', value }];
      }),
    ];
  }

  #cpu(pid: number | undefined): Reading[] {
    const now = parseStat(textIn(join(this.#root, 'proc/stat')) ?? '');
    const readings: Reading[] = [];
    for (const [name, times] of now) {
      const before = this.#last.get(name);
      const total = times.total - (before?.total ?? 0);
      if (!before || total <= 0) continue;
      const value = Math.min(100, Math.max(0, (100 * (times.busy - before.busy)) / total));
      readings.push({ name: name === 'cpu' ? 'cpu.mean' : `cpu.${name.slice(3)}`, unit: 'percent', value });
      if (name === 'cpu' && times.steal > 0)
        readings.push({ name: 'cpu.steal', unit: 'percent', value: (100 * (times.steal - before.steal)) / total });
      const clock =
        name === 'cpu'
          ? undefined
          : numberIn(join(this.#root, 'sys/devices/system/cpu', name, 'cpufreq/scaling_cur_freq'));
      if (clock !== undefined) readings.push({ name: `cpu.${name.slice(3)}.clock`, unit: 'MHz', value: clock / 1000 });
    }
    this.#last = now;
    const total = now.get('cpu')?.total ?? 0;
    if (pid !== undefined) readings.push(...this.#processCpu(pid, total, now.size - 1));
    this.#lastTotal = total;
    return readings;
  }

  /** Percent of one CPU, as top has it. */
  #processCpu(pid: number, total: number, cpus: number): Reading[] {
    const stat = textIn(join(this.#root, 'proc', String(pid), 'stat'));
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (!fields) return [];
    const jiffies = Number(fields[11]) + Number(fields[12]);
    const before = this.#lastProcess?.pid === pid ? this.#lastProcess.jiffies : undefined;
    this.#lastProcess = { pid, jiffies };
    const passed = total - this.#lastTotal;
    return before === undefined || passed <= 0
      ? []
      : [{ name: 'process.cpu', unit: 'percent', value: (100 * cpus * (jiffies - before)) / passed }];
  }

  #memory(): Reading[] {
    const info = parseMeminfo(textIn(join(this.#root, 'proc/meminfo')) ?? '');
    const used = (total: string, free: string): Reading[] => {
      const all = info.get(total);
      const left = info.get(free);
      const name = total === 'MemTotal' ? 'ram' : 'swap';
      return all === undefined || left === undefined
        ? []
        : [
            { name: `${name}_used`, unit: 'bytes', value: all - left },
            { name: `${name}_total`, unit: 'bytes', value: all },
          ];
    };
    return [...used('MemTotal', 'MemAvailable'), ...used('SwapTotal', 'SwapFree')];
  }

  #processMemory(pid: number): Reading[] {
    const pages = Number(textIn(join(this.#root, 'proc', String(pid), 'statm'))?.split(' ')[1]);
    return Number.isFinite(pages) ? [{ name: 'process.rss', unit: 'bytes', value: pages * 4096 }] : [];
  }
}

const temperature = (name: string, millidegrees: number | undefined): Reading[] =>
  // Zones that are off-line read zero or far below it.
  millidegrees === undefined || millidegrees <= -50_000 || millidegrees === 0
    ? []
    : [{ name: `temperature.${name}`, unit: 'C', value: millidegrees / 1000 }];

/** The probe of any Linux system. */
export const linux: Probe = {
  id: 'linux',

  unavailable(): Problem | undefined {
    return existsSync('/proc/stat')
      ? undefined
      : { code: 'backend', message: 'there is no /proc/stat', hint: 'this probe reads Linux systems' };
  },

  start({ intervalMs, processId, threadNames, onSample }: ProbeStart): RunningProbe {
    const reader = new LinuxReader('/');
    const threads = new ThreadReader('/', threadNames);
    let samples = 0;
    let cpuUs = 0;
    const sample = () => {
      const before = process.cpuUsage();
      const monotonic = process.hrtime.bigint();
      const pid = processId();
      const readings = [...reader.sample(pid, monotonic), ...(pid === undefined ? [] : threads.sample(pid, monotonic))];
      const { user, system } = process.cpuUsage(before);
      cpuUs += user + system;
      samples++;
      onSample({ monotonic, readings });
    };
    const timer = setInterval(sample, intervalMs);
    return {
      async stop() {
        clearInterval(timer);
      },
      cost: () => ({ samples, ...(samples > 0 ? { cost_us: Math.round(cpuUs / samples) } : {}) }),
    };
  },
};
