/** The threads of a process by their names: CPU time, time in the queue of a CPU, preemptions, pages read from a disk. */
import { join } from 'node:path';
import type { Reading } from '../formats/recording/tegrastats.js';
import { namesIn, textIn } from '../machine/tree.js';

interface Counts {
  /** ns */
  readonly cpu: number;
  /** ns runnable, behind others. */
  readonly wait: number;
  readonly preempted: number;
  readonly faults: number;
}

const COUNTERS = ['cpu', 'wait', 'preempted', 'faults'] as const;

/** Readings by what the names of threads stand for. */
export class ThreadReader {
  readonly #root: string;
  readonly #names: ReadonlyMap<string, string>;
  #last = new Map<string, Counts>();
  #lastNs: bigint | undefined;

  /** @param names of threads, and the prefix of their series @param root `/`, or the root of a copied tree in tests */
  constructor(root: string, names: ReadonlyMap<string, string>) {
    this.#root = root;
    this.#names = names;
  }

  /** Of the time since the sample before; nothing at first, and where the system does not tell. */
  sample(pid: number, nowNs: bigint): Reading[] {
    const now = new Map<string, Counts>();
    const sums = new Map<string, Record<(typeof COUNTERS)[number], number>>();
    const folder = join(this.#root, 'proc', String(pid), 'task');
    for (const thread of namesIn(folder)) {
      const name = textIn(join(folder, thread, 'comm'))?.trim();
      const series = name === undefined ? undefined : this.#names.get(name);
      const counts = series === undefined ? undefined : countsOf(join(folder, thread));
      if (series === undefined || counts === undefined) continue;
      now.set(thread, counts);
      const before = this.#last.get(thread);
      const sum = sums.get(series) ?? { cpu: 0, wait: 0, preempted: 0, faults: 0 };
      for (const counter of COUNTERS) sum[counter] += Math.max(0, counts[counter] - (before?.[counter] ?? 0));
      sums.set(series, sum);
    }
    const passed = this.#lastNs === undefined ? 0 : Number(nowNs - this.#lastNs);
    this.#last = now;
    this.#lastNs = nowNs;
    if (passed <= 0) return [];
    return [...sums].flatMap(([series, { cpu, wait, preempted, faults }]) => [
      { name: `${series}.cpu`, unit: 'percent', value: (100 * cpu) / passed },
      { name: `${series}.wait`, unit: 'percent', value: (100 * wait) / passed },
      { name: `${series}.preempted`, unit: 'per s', value: (1e9 * preempted) / passed },
      { name: `${series}.faults`, unit: 'per s', value: (1e9 * faults) / passed },
    ]);
  }
}

/** schedstat: time on a CPU, time in its queue, both in ns. stat: field 12 counts the faults that read from a disk. */
function countsOf(folder: string): Counts | undefined {
  const [cpu, wait] = (textIn(join(folder, 'schedstat')) ?? '').split(' ').map(Number);
  const stat = textIn(join(folder, 'stat'));
  if (cpu === undefined || wait === undefined || !stat) return undefined;
  const faults = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[9]);
  const preempted = Number(
    /^nonvoluntary_ctxt_switches:\s*(\d+)/m.exec(textIn(join(folder, 'status')) ?? '')?.[1] ?? 0,
  );
  return { cpu, wait, preempted, faults };
}
