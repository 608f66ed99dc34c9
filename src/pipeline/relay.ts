/** Events of the profiler as events of the run. */
import { round, toMs } from '../base/units.js';
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import type { TaskNow } from '../formats/run/events.js';
import type { ProfileEvent } from '../profiler/caller/profile.js';
import type { StageContext } from './stage-context.js';

type Progress = Extract<ProfileEvent, { kind: 'progress' }>;

/** @returns takes the events of one repetition */
export function relay(
  { stage: { id: stage }, onEvent }: StageContext,
  scenario: ScenarioSpec,
  repetition: number,
): (event: ProfileEvent) => void {
  let before: Progress | undefined;
  return (event) => {
    switch (event.kind) {
      case 'loaded':
        onEvent({
          kind: 'loaded',
          stage,
          task: event.task,
          provider: event.provider,
          load_ms: round(event.loadMs, 1),
          first_ms: round(event.firstMs, 2),
        });
        break;
      case 'log':
        onEvent({ kind: 'note', stage, severity: event.severity, text: event.text });
        break;
      case 'problem':
        onEvent({ kind: 'problem', stage, problem: event.problem });
        break;
      case 'progress': {
        const left = (event.stopAt - event.now) / 1e9;
        onEvent({
          kind: 'progress',
          stage,
          repetition,
          phase: event.phase,
          elapsed_s: round(event.now / 1e9, 1),
          ...(Number.isFinite(left) ? { left_s: round(Math.max(0, left), 1) } : {}),
          tasks: tasksNow(scenario, event, before),
          system: event.system,
          units: event.units,
        });
        before = event;
        break;
      }
    }
  };
}

function tasksNow(scenario: ScenarioSpec, event: Progress, before: Progress | undefined): TaskNow[] {
  const span = before ? (event.now - before.now) / 1e9 : 0;
  const done = (i: number): number => before?.tasks[i]?.completed ?? 0;
  return event.tasks.map((t, i) => ({
    task: scenario.tasks[i]?.name ?? '',
    released: t.rows,
    completed: t.completed,
    dropped: t.dropped,
    late: t.late,
    ...(before && span > 0 ? { rate_hz: round((t.completed - done(i)) / span, 1) } : {}),
    ...(t.lastResponse === undefined ? {} : { response_ms: toMs(t.lastResponse) }),
  }));
}
