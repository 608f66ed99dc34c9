/** Who else used the CPUs: CPU time of every other process, as far as it can be seen from here. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { namesIn, textIn } from '../machine/tree.js';

/** A process that is none of ours. */
export interface OtherProcess {
  readonly pid: number;
  readonly name: string;
  /** CPUs that it used on average. */
  readonly cpus: number;
}

interface Seen {
  readonly name: string;
  readonly parent: number;
  readonly jiffies: number;
}

const TICKS_PER_SECOND = 100;
/** Below this share of a CPU nobody is named. */
const LEAST_CPUS = 0.02;
const MOST_NAMED = 5;

/** Adds up what every process used between its samples. */
export class ProcessWatch {
  readonly #root: string;
  readonly #used = new Map<number, { name: string; parent: number; jiffies: number }>();
  #last = new Map<number, Seen>();
  #beginNs: bigint | undefined;
  #endNs = 0n;

  /** @param root `/`, or the root of a copied tree in tests */
  constructor(root: string) {
    this.#root = root;
  }

  sample(nowNs: bigint): void {
    const now = this.#read();
    if (this.#beginNs === undefined) this.#beginNs = nowNs;
    else
      for (const [pid, { name, parent, jiffies }] of now) {
        const used = jiffies - (this.#last.get(pid)?.jiffies ?? 0);
        const sum = this.#used.get(pid) ?? { name, parent, jiffies: 0 };
        this.#used.set(pid, { name, parent, jiffies: sum.jiffies + Math.max(0, used) });
      }
    this.#last = now;
    this.#endNs = nowNs;
  }

  /** The busiest processes that are not `own`, and do not descend from it; the busiest first. */
  others(own: number): OtherProcess[] {
    const seconds = this.#beginNs === undefined ? 0 : Number(this.#endNs - this.#beginNs) / 1e9;
    if (seconds <= 0) return [];
    return [...this.#used]
      .filter(([pid]) => !this.#descends(pid, own))
      .map(([pid, { name, jiffies }]) => ({ pid, name, cpus: jiffies / TICKS_PER_SECOND / seconds }))
      .filter(({ cpus }) => cpus >= LEAST_CPUS)
      .sort((a, b) => b.cpus - a.cpus)
      .slice(0, MOST_NAMED);
  }

  #descends(pid: number, own: number): boolean {
    for (let at = pid, steps = 0; at > 1 && steps < 64; steps++) {
      if (at === own) return true;
      at = this.#used.get(at)?.parent ?? 0;
    }
    return false;
  }

  /** Node 24 calls the first thread of every process alike; then the program is what says something. */
  #nameOf(entry: string, thread: string): string {
    if (thread !== 'MainThread') return thread;
    const [program = ''] = (textIn(join(this.#root, 'proc', entry, 'cmdline')) ?? '').split('\0');
    return basename(program) || thread;
  }

  #read(): Map<number, Seen> {
    const found = new Map<number, Seen>();
    for (const entry of namesIn(join(this.#root, 'proc'))) {
      const pid = Number(entry);
      if (!Number.isInteger(pid)) continue;
      try {
        const stat = readFileSync(join(this.#root, 'proc', entry, 'stat'), 'utf8');
        const close = stat.lastIndexOf(')');
        const fields = stat.slice(close + 2).split(' ');
        found.set(pid, {
          name: this.#nameOf(entry, stat.slice(stat.indexOf('(') + 1, close)),
          parent: Number(fields[1]),
          jiffies: Number(fields[11]) + Number(fields[12]),
        });
      } catch {
        // It has ended meanwhile.
      }
    }
    return found;
  }
}
