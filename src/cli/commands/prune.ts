/** Runs that may go: shown, and with --yes deleted. */
import pc from 'picocolors';
import { fail } from '../../base/problem.js';
import { exactQuantity, parseQuantity } from '../../base/quantity.js';
import { toNumber } from '../../base/rational.js';
import { bytes } from '../../base/text.js';
import { defaultCache } from '../../store/engine-cache.js';
import {
  bytesOf,
  chooseRuns,
  deleteRun,
  dropUnusedFiles,
  type PruneRules,
  type StoredRun,
  storedRuns,
} from '../../store/prune.js';
import type { ExitCode } from '../exit.js';
import { plainTable } from '../text.js';

/** Options of `infersight prune`. */
export interface PruneOptions {
  readonly keep?: number;
  readonly olderThan?: string;
  readonly maxSize?: string;
  readonly cache?: string;
  readonly yes?: true;
  readonly json?: true;
}

/** Shows or deletes old runs. */
export async function prune(folder: string, options: PruneOptions): Promise<ExitCode> {
  const rules = rulesOf(options);
  const runs = storedRuns(folder);
  const chosen = chooseRuns(runs, rules, Date.now());
  const left = runs.filter((r) => !chosen.some((c) => c.run === r));
  const freed = bytesOf(runs) - bytesOf(left);
  const gone = options.yes ? chosen.filter(({ run }) => deleteRun(run)) : [];
  const cached = options.yes ? dropUnusedFiles(options.cache ?? defaultCache()) : 0;
  if (options.json) {
    const list = chosen.map(({ run, reason }) => ({ id: run.id, created: run.created, reason }));
    process.stdout.write(
      `${JSON.stringify({ runs: runs.length, chosen: list, freed_bytes: freed, deleted: gone.length }, null, 2)}\n`,
    );
    return 0;
  }
  const table = plainTable(['run', 'made', 'state', 'alone', 'why it goes'], 5);
  for (const { run, reason } of chosen)
    table.push([run.id, run.created.slice(0, 16).replace('T', ' '), run.status, bytes(own(run, runs)), reason]);
  if (chosen.length > 0) process.stdout.write(`${table.toString()}\n`);
  process.stdout.write(
    options.yes
      ? `deleted ${gone.length} of ${runs.length} runs: ${bytes(freed + cached)} freed, ${bytes(bytesOf(left))} left\n`
      : `${chosen.length} of ${runs.length} runs would go: ${bytes(freed)} of ${bytes(bytesOf(runs))}${chosen.length > 0 ? pc.bold('; --yes deletes them') : ''}\n`,
  );
  return 0;
}

/** What no other run links to. */
const own = (run: StoredRun, runs: readonly StoredRun[]): number =>
  bytesOf(runs) - bytesOf(runs.filter((r) => r !== run));

function rulesOf({ keep, olderThan, maxSize }: PruneOptions): PruneRules {
  if (keep === undefined && olderThan === undefined && maxSize === undefined)
    fail('usage', 'nothing says which runs may go', 'give --keep 20, --older-than "7 d" or --max-size "10 GiB"');
  const age = quantity('--older-than', olderThan, 'time');
  const most = quantity('--max-size', maxSize, 'memory');
  return {
    ...(keep === undefined ? {} : { keep }),
    ...(age === undefined ? {} : { olderThanMs: age / 1e6 }),
    ...(most === undefined ? {} : { mostBytes: most }),
  };
}

function quantity(option: string, text: string | undefined, dimension: 'time' | 'memory'): number | undefined {
  if (text === undefined) return undefined;
  const { problem } = parseQuantity(text, [dimension]);
  if (problem !== undefined) return fail('usage', `${option} ${text}: ${problem}`);
  return toNumber(exactQuantity(text));
}
