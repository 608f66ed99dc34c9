/** The live display: stages, and for each task its counts, rate and response while a scenario runs. */
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import { formatProblem } from '../../base/problem.js';
import type { PipelineEvent, TaskNow } from '../../formats/run/events.js';
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
        return event.severity === 'info' ? [] : [`${pc.yellow(event.severity)} ${event.text.slice(0, 300)}`];
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

  text(columns: number): string {
    const lines = this.#rows.map(
      ({ id, state, note }) => `${MARKS[state]} ${state === 'waiting' ? pc.dim(id) : id}  ${pc.dim(note)}`,
    );
    if (this.#progress) lines.push('', ...progressLines(this.#progress, this.#longest));
    return lines.map((l) => clip(l, columns)).join('\n');
  }
}

function progressLines(event: Progress, longest: number): string[] {
  const left = event.left_s ?? 0;
  const share = longest > 0 ? 1 - left / longest : 0;
  const filled = Math.round(share * BAR);
  const bar =
    event.phase === 'measure'
      ? `${'━'.repeat(filled)}${pc.dim('━'.repeat(BAR - filled))} ${left.toFixed(0)} s left`
      : `${event.elapsed_s.toFixed(0)} s`;
  const width = Math.max(4, ...event.tasks.map((t) => t.task.length));
  const head = `  ${'task'.padEnd(width)}  ${'done'.padStart(9)}  ${'rate'.padStart(9)}  ${'response'.padStart(11)}  ${'late'.padStart(6)}  ${'dropped'.padStart(7)}`;
  return [`  ${pc.bold(event.phase)} ${bar}`, pc.dim(head), ...event.tasks.map((t) => taskLine(t, width))];
}

function taskLine(t: TaskNow, width: number): string {
  const rate = t.rate_hz === undefined ? '' : `${t.rate_hz.toFixed(1)} Hz`;
  const response = t.response_ms === undefined ? '' : `${t.response_ms.toFixed(2)} ms`;
  const late = String(t.late).padStart(6);
  const dropped = String(t.dropped).padStart(7);
  return `  ${t.task.padEnd(width)}  ${String(t.completed).padStart(9)}  ${rate.padStart(9)}  ${response.padStart(11)}  ${t.late > 0 ? pc.yellow(late) : late}  ${t.dropped > 0 ? pc.yellow(dropped) : dropped}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes of a terminal
const ESCAPES = /\x1b\[[0-9;]*m/g;
const clip = (line: string, columns: number): string =>
  line.replace(ESCAPES, '').length <= columns ? line : line.replace(ESCAPES, '').slice(0, columns - 1);

/** A display that is drawn again in place. */
export function ttyReporter(): Reporter {
  const display = new Display();
  const update = createLogUpdate(process.stderr);
  const columns = (): number => process.stderr.columns || 80;
  const above = (lines: readonly string[]): void => {
    if (lines.length === 0) return;
    update.clear();
    for (const line of lines) process.stderr.write(`${line}\n`);
  };
  return {
    onEvent: (event) => {
      above(display.hear(event));
      update(display.text(columns()));
    },
    say: (text) => {
      above([text]);
      update(display.text(columns()));
    },
    end: () => update.done(),
  };
}
