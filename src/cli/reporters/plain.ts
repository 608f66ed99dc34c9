/** Plain lines on stderr, for logs and pipes. */
import { formatProblem } from '../../base/problem.js';
import type { PipelineEvent, TaskNow } from '../../formats/run/events.js';
import type { Reporter } from './reporter.js';

/** Progress lines come at most this often, s. */
const EVERY = 5;

/** How far a task is, in one line. */
export const taskText = (t: TaskNow): string =>
  `${t.task} ${t.completed}/${t.released}${t.dropped > 0 ? ` dropped ${t.dropped}` : ''}${t.late > 0 ? ` late ${t.late}` : ''}${t.response_ms === undefined ? '' : ` ${t.response_ms.toFixed(1)} ms`}`;

/** Undefined for an event that a log does not need. */
export function plainLine(event: PipelineEvent): string | undefined {
  switch (event.kind) {
    case 'run-start':
      return `run ${event.run} in ${event.folder}`;
    case 'stage-start':
      return `${event.stage} ...${event.about ? ` (${event.about})` : ''}`;
    case 'stage-end':
      return `${event.stage} ${event.cached ? 'from the cache' : event.state} (${event.seconds.toFixed(1)} s)`;
    case 'note':
      return event.severity === 'info' ? undefined : `  ${event.severity}: ${event.text}`;
    case 'loaded':
      return `  ${event.task} loaded on ${event.provider} in ${event.load_ms} ms, first run ${event.first_ms} ms`;
    case 'progress':
      return `  ${event.phase} ${event.elapsed_s} s: ${event.tasks.map(taskText).join(' | ')}`;
    case 'problem':
      return `problem ${formatProblem(event.problem)}`;
    case 'run-end':
      return `run ${event.state} in ${event.seconds.toFixed(1)} s`;
    case 'verdict':
      return undefined;
  }
}

const print = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** A line for each thing that happens, on stderr. */
export function plainReporter(): Reporter {
  let next = 0;
  return {
    onEvent: (event) => {
      if (event.kind === 'progress') {
        if (event.elapsed_s < next && event.elapsed_s >= next - EVERY) return;
        next = event.elapsed_s + EVERY;
      }
      const line = plainLine(event);
      if (line !== undefined) print(line);
    },
    say: print,
    end: () => {},
  };
}

/** Problems only. */
export const quietReporter = (): Reporter => ({
  onEvent: (event) => {
    if (event.kind === 'problem') print(`problem ${formatProblem(event.problem)}`);
  },
  say: print,
  end: () => {},
});
