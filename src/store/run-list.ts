/** The runs in a folder, for a list. What is known of a run is kept until its files change. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { problemsOf } from '../base/problem.js';
import { type RunDocument, readRunDocument } from '../formats/run/run.js';
import type { RunEntry } from '../formats/run/run-list.js';
import { readRunSummary } from '../formats/run/run-summary.js';
import { EVENT_LOG } from './event-log.js';

interface Known {
  readonly stamp: string;
  readonly entry: RunEntry;
}

export class RunList {
  readonly #folder: string;
  readonly #known = new Map<string, Known>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Newest first. A folder without run.json is no run. */
  list(): RunEntry[] {
    let names: string[];
    try {
      names = readdirSync(this.#folder);
    } catch {
      return [];
    }
    const entries = names.flatMap((name) => this.#entry(name) ?? []);
    return entries.sort((a, b) => (a.created < b.created ? 1 : a.created > b.created ? -1 : a.id < b.id ? 1 : -1));
  }

  #entry(name: string): RunEntry | undefined {
    const folder = join(this.#folder, name);
    const stamp = `${changed(join(folder, 'run.json'))} ${changed(join(folder, 'summary.json'))} ${changed(join(folder, 'report.html'))}`;
    if (stamp.startsWith('-')) return undefined;
    const known = this.#known.get(name);
    if (known?.stamp === stamp && known.entry.state !== 'running') return known.entry;
    const entry = readEntry(folder, name);
    if (entry) this.#known.set(name, { stamp, entry });
    return entry;
  }
}

/** Undefined where there is no run. */
export function stateOfRun(folder: string): RunEntry['state'] | undefined {
  const run = attempt(() => readRunDocument(readFileSync(join(folder, 'run.json'), 'utf8'), 'run.json'));
  return run && stateOf(run, folder);
}

/** Of another host, or container, the process cannot be asked: its events tell. */
const SILENT_MS = 30 * 60_000;

function stateOf(run: RunDocument, folder: string): RunEntry['state'] {
  if (run.state !== 'running') return run.state;
  if (run.device.hostname === hostname()) return alive(run) ? 'running' : 'lost';
  const last = statSync(join(folder, EVENT_LOG), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - last < SILENT_MS ? 'running' : 'lost';
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
  const summary = attempt(() => readRunSummary(readFileSync(join(folder, 'summary.json'), 'utf8'), 'summary.json'));
  return {
    id: name,
    pipeline: run.pipeline,
    created: run.created,
    state: stateOf(run, folder),
    simulate: run.simulate,
    hostname: run.device.hostname,
    stages: run.stages.map(({ id, state }) => ({ id, state })),
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

function alive({ pid }: RunDocument): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
