// Many stages of one run at the same time, some of them killed: is any state lost? Prints what was found; ends non-zero on
// a loss. node bench/stages.mjs [rounds] [processes]
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from './support.mjs';

const rounds = Number(process.argv[2] ?? 50);
const count = Number(process.argv[3] ?? 8);
const folder = mkdtempSync(join(tmpdir(), 'infersight-stages-'));
const names = Array.from({ length: count }, (_, i) => `s${i}`);
writeFileSync(
  join(folder, 'pipeline.yaml'),
  `version: 1
name: many
models:
  a: { backend: synthetic, build: { service: 1 ms } }
scenarios:
${names.map((n) => `  ${n}: { warmup: 0 s, duration: 2 s, tasks: [ { model: a, rate: 10 Hz } ] }`).join('\n')}
`,
);
const cli = (...parameters) => spawnSync(process.execPath, [main, ...parameters], { cwd: folder, encoding: 'utf8' });
const counts = { done: 0, killed: 0, lost_state: 0, other: 0 };
for (let round = 0; round < rounds; round++) {
  rmSync(join(folder, 'runs'), { recursive: true, force: true });
  cli('stage', 'prepare', '--run', 'runs/x', '--pipeline', 'pipeline.yaml', '--simulate', '--quiet');
  const children = names.map((n) =>
    spawn(process.execPath, [main, 'stage', `profile:${n}`, '--run', 'runs/x', '--quiet'], {
      cwd: folder,
      stdio: 'ignore',
    }),
  );
  const ends = children.map(
    (child) => new Promise((done) => child.on('close', (code, signal) => done({ code, signal }))),
  );
  const victims = [round % count, (round * 3 + 1) % count];
  for (const victim of victims) setTimeout(() => children[victim].kill('SIGKILL'), 100 + ((round * 37) % 900));
  const found = await Promise.all(ends);
  const { stages } = JSON.parse(cli('status', 'runs/x', '--json').stdout);
  found.forEach(({ code, signal }, i) => {
    const { status } = stages.find((s) => s.id === `profile:${names[i]}`);
    if (signal) counts.killed++;
    else if (code === 0 && status === 'done') counts.done++;
    else if (code === 0) counts.lost_state++;
    else counts.other++;
    if (signal && !['waiting', 'lost', 'done'].includes(status)) counts.lost_state++;
  });
}
rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify({ rounds, processes: count, ...counts }));
process.exit(counts.lost_state + counts.other > 0 ? 1 : 0);
