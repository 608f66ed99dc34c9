// Runs the benchmarks (all, or those named), prints a table and writes bench/results/<date>.json and .md.
import { writeFileSync } from 'node:fs';
import { cpus, release as kernel, loadavg } from 'node:os';
import { join } from 'node:path';
import { root } from './support.mjs';

// Modules are loaded when they are asked for: one that lacks a package on this machine does not keep the others from running.
const BENCHES = {
  coverage: 'coverage',
  explorer: 'explorer',
  report: 'report',
  startUp: 'scale',
  inspectLarge: 'scale',
  analysis: 'scale',
  service: 'service',
  release: 'release',
  manyTasks: 'scale',
  stalls: 'stalls',
  kills: 'kills',
  tensorrt: 'tensorrt',
  advise: 'advise',
};
const named = process.argv.slice(2);
const unknown = named.filter((n) => !(n in BENCHES));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
const rows = [];
for (const [name, file] of Object.entries(BENCHES)) {
  if (named.length > 0 && !named.includes(name)) continue;
  console.error(`${name} ...`);
  const bench = (await import(`./${file}.mjs`))[name];
  rows.push(...(await bench()));
}
const machine = `${cpus().length} x ${cpus()[0].model.trim()}, Linux ${kernel()}, Node ${process.versions.node}, load ${loadavg()[0].toFixed(2)} at the end`;
const mark = (r) => (r.skipped ? `skipped: ${r.skipped}` : r.holds === undefined ? '-' : r.holds ? 'yes' : 'NO');
const table = [
  '| what | baseline | measured | ratio | limit | holds | note |',
  '|---|---|---|---|---|---|---|',
  ...rows.map(
    (r) =>
      `| ${r.name} | ${r.baseline ?? ''} | ${r.measured ?? ''} | ${r.ratio ?? ''}${r.difference_us === undefined ? '' : ` (${r.difference_us >= 0 ? '+' : ''}${r.difference_us} us)`} | ${r.limit ?? ''} | ${mark(r)} | ${r.note ?? ''} |`,
  ),
].join('\n');
const date = new Date().toISOString().slice(0, 10);
const name = named.length > 0 ? `${date}-${named.join('-')}` : date;
writeFileSync(join(root, `bench/results/${name}.json`), `${JSON.stringify({ date, machine, rows }, null, 2)}\n`);
writeFileSync(join(root, `bench/results/${name}.md`), `# Benchmarks, ${date}\n\n${machine}\n\n${table}\n`);
console.log(`${machine}\n\n${table}`);
process.exitCode = rows.some((r) => r.holds === false) ? 1 : 0;
