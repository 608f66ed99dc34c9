/** The live display: stages, and for each task its counts, rate and response while a scenario runs. */
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import { formatProblem } from '../../base/problem.js';
import { shorten, withoutColours, withUnit } from '../../base/text.js';
import { kindOfSeries, seriesLabel } from '../../formats/recording/series.js';
import type { PipelineEvent, TaskNow } from '../../formats/run/events.js';
import { type Column, lengthOf, tableText, wrap } from '../text.js';
import type { Reporter } from './reporter.js';

interface StageRow {
  readonly id: string;
  state: 'waiting' | 'running' | 'done' | 'failed' | 'interrupted' | 'skipped';
  note: string;
}

type Progress = Extract<PipelineEvent, { kind: 'progress' }>;

const MARKS: Record<StageRow['state'], string> = {
  waiting: pc.dim('·'),
  running: pc.cyan('▸'),
  done: pc.green('✓'),
  failed: pc.red('✗'),
  interrupted: pc.yellow('!'),
  skipped: pc.dim('-'),
};
const BAR = 28;

/** What the live display shows, as a function of the events. */
export class Display {
  readonly #rows: StageRow[] = [];
  #progress: Progress | undefined;
  #longest = 0;

  /** Lines that stay above the display. */
  hear(event: PipelineEvent): string[] {
    const row = 'stage' in event ? this.#rows.find((r) => r.id === event.stage) : undefined;
    switch (event.kind) {
      case 'run-start':
        this.#rows.push(...event.stages.map(({ id }): StageRow => ({ id, state: 'waiting', note: '' })));
        return [pc.bold(event.run)];
      case 'stage-start':
        if (row) row.state = 'running';
        return [];
      case 'stage-end':
        if (row) {
          row.state =
            event.state === 'done' || event.state === 'failed' || event.state === 'interrupted'
              ? event.state
              : 'skipped';
          row.note = event.cached ? 'from the cache' : `${event.seconds.toFixed(1)} s`;
        }
        this.#progress = undefined;
        return [];
      case 'note':
        if (row && event.severity === 'info') row.note = event.text.slice(0, 70);
        return event.severity === 'info' ? [] : [`${pc.yellow(event.severity)} ${shorten(event.text, 400)}`];
      case 'loaded':
        if (row) row.note = `${event.task} loaded in ${event.load_ms} ms`;
        return [];
      case 'progress':
        this.#progress = event;
        this.#longest = event.phase === 'measure' ? Math.max(this.#longest, event.left_s ?? 0) : 0;
        if (row) row.note = '';
        return [];
      case 'problem':
        return [`${pc.red('problem')} ${formatProblem(event.problem)}`];
      case 'verdict':
      case 'run-end':
        return [];
    }
  }

  /** @param rows of the terminal: stages that have ended give way where it is low */
  text(columns: number, rows = Number.POSITIVE_INFINITY): string {
    const progress = this.#progress ? ['', ...progressLines(this.#progress, this.#longest, columns)] : [];
    return [...this.#stageLines(rows - progress.length - 2), ...progress].map((l) => clip(l, columns)).join('\n');
  }

  #stageLines(room: number): string[] {
    const line = ({ id, state, note }: StageRow): string =>
      `${MARKS[state]} ${state === 'waiting' ? pc.dim(id) : id}  ${pc.dim(note)}`;
    if (this.#rows.length <= room) return this.#rows.map(line);
    const open = this.#rows.filter((r) => r.state !== 'done' && r.state !== 'waiting');
    const of = (state: StageRow['state']): number => this.#rows.filter((r) => r.state === state).length;
    return [
      ...(of('done') > 0 ? [`${MARKS.done} ${of('done')} stages done`] : []),
      ...open.map(line),
      ...(of('waiting') > 0 ? [`${MARKS.waiting} ${pc.dim(`${of('waiting')} stages wait`)}`] : []),
    ];
  }
}

const PHASE_WORDS: Readonly<Record<string, string>> = {
  warmup: 'until every task has 20 jobs',
  settle: 'until times are steady',
  drain: 'the last jobs end',
};

function progressLines(event: Progress, longest: number, columns: number): string[] {
  const left = event.left_s ?? 0;
  const part = longest > 0 ? 1 - left / longest : 0;
  const filled = Math.round(part * BAR);
  const { phase_s: since = event.elapsed_s, phase_limit_s: limit } = event;
  const most =
    limit === undefined ? '' : event.phase === 'settle' ? ` of at most ${limit} s` : ` of at least ${limit} s`;
  const words = PHASE_WORDS[event.phase];
  const bar =
    event.phase === 'measure'
      ? `${'━'.repeat(filled)}${pc.dim('━'.repeat(BAR - filled))} ${left.toFixed(0)} s left`
      : `${since.toFixed(0)} s${most}${words ? pc.dim(`, ${words}`) : ''}`;
  const table = tableText(COLUMNS, event.tasks, columns - 2).split('\n');
  return [`  ${pc.bold(event.phase)} ${bar}`, ...table.map((l) => `  ${l}`), ...systemText(event, columns)];
}

const time = (ms: number | undefined): string => (ms === undefined ? '' : `${ms.toFixed(2)} ms`);
const marked = (n: number): string => (n > 0 ? pc.yellow(String(n)) : String(n));

const COLUMNS: readonly Column<TaskNow>[] = [
  { head: 'task', rank: 0, cell: (t) => t.task },
  { head: 'done', rank: 5, cell: (t) => `${t.completed}/${t.released}` },
  { head: 'rate', rank: 4, cell: (t) => (t.rate_hz === undefined ? '' : `${t.rate_hz.toFixed(1)} Hz`) },
  { head: 'response', rank: 1, cell: (t) => late(t, time(t.response_ms)) },
  { head: 'deadline', rank: 6, cell: (t) => (t.deadline_ms === undefined ? '' : `${t.deadline_ms} ms`) },
  { head: 'load', rank: 7, cell: (t) => (t.load === undefined ? '' : `${(100 * t.load).toFixed(0)} %`) },
  { head: 'late', rank: 2, cell: (t) => marked(t.late) },
  { head: 'dropped', rank: 3, cell: (t) => marked(t.dropped) },
];

const late = (t: TaskNow, text: string): string =>
  t.deadline_ms !== undefined && (t.response_ms ?? 0) > t.deadline_ms ? pc.red(text) : text;

/** The device, in one line. */
function systemText({ system = {}, units = {} }: Progress, columns: number): string[] {
  const parts = Object.entries(system).flatMap(([name, value]) =>
    kindOfSeries(name)?.headline ? [`${seriesLabel(name)} ${withUnit(value, units[name] ?? '')}`] : [],
  );
  return parts.length === 0 ? [] : [clip(`  ${pc.dim(parts.join('  '))}`, columns)];
}

const clip = (line: string, columns: number): string => {
  if (lengthOf(line) <= columns) return line;
  return `${withoutColours(line).slice(0, columns - 1)}…`;
};

/** A display that is drawn again in place. */
export function ttyReporter(): Reporter {
  const display = new Display();
  const update = createLogUpdate(process.stderr);
  const columns = (): number => process.stderr.columns || 80;
  const draw = (): void => update(display.text(columns(), process.stderr.rows || undefined));
  const above = (lines: readonly string[]): void => {
    if (lines.length === 0) return;
    update.clear();
    for (const line of lines) process.stderr.write(`${wrap(line, columns(), 2)}\n`);
  };
  return {
    onEvent: (event) => {
      above(display.hear(event));
      draw();
    },
    say: (text) => {
      above([text]);
      draw();
    },
    end: () => update.done(),
  };
}
