/** The runs in a folder, for a list. What is known of a run is kept until its files change. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { problemsOf } from '../base/problem.js';
import { readRunDocument } from '../formats/run/run.js';
import type { RunEntry } from '../formats/run/run-list.js';
import { readRunSummary } from '../formats/run/run-summary.js';
import { progressOf } from './run-directory.js';
import { STATES_FOLDER } from './stage-states.js';

interface Known {
  readonly stamp: string;
  readonly entry: RunEntry;
}

const UNSETTLED: readonly RunEntry['state'][] = ['running', 'lost'];

/** The runs in one folder. */
export class RunList {
  readonly #folder: string;
  readonly #known = new Map<string, Known>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Newest first. A folder without run.json is no run, and neither is a link. */
  list(): RunEntry[] {
    let names: string[];
    try {
      names = readdirSync(this.#folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
        .map((entry) => entry.name);
    } catch {
      return [];
    }
    const entries = names.flatMap((name) => this.#entry(name) ?? []);
    return entries.sort((a, b) => (a.created < b.created ? 1 : a.created > b.created ? -1 : a.id < b.id ? 1 : -1));
  }

  #entry(name: string): RunEntry | undefined {
    const folder = join(this.#folder, name);
    const files = ['run.json', STATES_FOLDER, 'summary.json', 'report.html'];
    const stamp = files.map((file) => changed(join(folder, file))).join(' ');
    if (stamp.startsWith('-')) return undefined;
    const known = this.#known.get(name);
    // A process can end, or be heard of again, without writing anything.
    if (known?.stamp === stamp && !UNSETTLED.includes(known.entry.state)) return known.entry;
    const entry = readEntry(folder, name);
    if (entry) this.#known.set(name, { stamp, entry });
    return entry;
  }
}

/** Undefined where there is no run. */
export function statusOfRun(folder: string): RunEntry['state'] | undefined {
  const run = attempt(() => readRunDocument(readFileSync(join(folder, 'run.json'), 'utf8'), 'run.json'));
  return run && progressOf(folder, run).status;
}

function changed(path: string): string {
  try {
    const { mtimeMs, size } = statSync(path);
    return `${mtimeMs}:${size}`;
  } catch {
    return '-';
  }
}

function readEntry(folder: string, name: string): RunEntry | undefined {
  const run = attempt(() => readRunDocument(readFileSync(join(folder, 'run.json'), 'utf8'), 'run.json'));
  if (!run) return unreadable(folder, name);
  const progress = progressOf(folder, run);
  const summary = attempt(() => readRunSummary(readFileSync(join(folder, 'summary.json'), 'utf8'), 'summary.json'));
  return {
    id: name,
    pipeline: run.pipeline,
    created: run.created,
    state: progress.status,
    simulate: run.simulate,
    hostname: run.created_on.hostname,
    stages: progress.stages.map(({ stage, status }) => ({ id: stage.id, state: status })),
    report: existsSync(join(folder, 'report.html')),
    ...(summary ? { summary } : {}),
  };
}

const unreadable = (folder: string, name: string): RunEntry => ({
  id: name,
  pipeline: '',
  created: statSync(join(folder, 'run.json'), { throwIfNoEntry: false })?.mtime.toISOString() ?? '',
  state: 'unreadable',
  simulate: false,
  hostname: '',
  stages: [],
  report: existsSync(join(folder, 'report.html')),
});

/** What is being written, or is of another version, is left out. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (problemsOf(error) || (error as NodeJS.ErrnoException).code) return undefined;
    throw error;
  }
}
