/** Who else used the CPUs, on a copied tree. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ProcessWatch } from './linux-processes.js';

it('names programs, not what they call their first thread', () => {
  const root = mkdtempSync(join(tmpdir(), 'infersight-proc-'));
  const is = (pid: number, comm: string, ticks: number, cmdline?: string): void => {
    mkdirSync(join(root, 'proc', String(pid)), { recursive: true });
    writeFileSync(join(root, 'proc', String(pid), 'stat'), `${pid} (${comm}) R 1 ${'0 '.repeat(9)}${ticks} 0 0`);
    if (cmdline !== undefined) writeFileSync(join(root, 'proc', String(pid), 'cmdline'), cmdline);
  };
  const watch = new ProcessWatch(root);
  for (const [second, ticks] of [0, 80].entries()) {
    is(10, 'MainThread', ticks, '/usr/bin/node\0server.js\0');
    is(11, 'MainThread', ticks / 2);
    is(12, 'ros2 (talker)', ticks / 4, 'python3\0');
    watch.sample(BigInt(second) * 1_000_000_000n);
  }
  expect(watch.others(1_000_000).map((p) => [p.name, p.cpus])).toEqual([
    ['node', 0.8],
    ['MainThread', 0.4],
    ['ros2 (talker)', 0.2],
  ]);
});
