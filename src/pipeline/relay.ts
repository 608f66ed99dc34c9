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
  const phases = new Phases(scenario);
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
        const { since, limit, counts } = phases.enter(event);
        onEvent({
          kind: 'progress',
          stage,
          repetition,
          phase: event.phase,
          elapsed_s: round(event.now / 1e9, 1),
          phase_s: round(Math.max(0, event.now - since) / 1e9, 1),
          ...(limit === undefined ? {} : { phase_limit_s: round(limit / 1e9, 1) }),
          ...(Number.isFinite(left) ? { left_s: round(Math.max(0, left), 1) } : {}),
          tasks: tasksNow(scenario, event, counts),
          system: event.system,
          units: event.units,
        });
        break;
      }
    }
  };
}

/** When the phase of a run began, and what had been counted by then. */
class Phases {
  readonly #scenario: ScenarioSpec;
  #phase = '';
  #since = 0;
  #counts: Progress['tasks'] = [];

  constructor(scenario: ScenarioSpec) {
    this.#scenario = scenario;
  }

  enter({ phase, now, measureFrom, tasks }: Progress) {
    if (phase !== this.#phase) {
      this.#phase = phase;
      this.#since = phase === 'measure' ? Math.min(now, measureFrom) : now;
      // What is shown of a measurement is what was measured.
      if (phase === 'measure') this.#counts = tasks;
    }
    return { since: this.#since, limit: this.#limit(), counts: this.#counts };
  }

  /** ns */
  #limit(): number | undefined {
    const { warmup, settleLimit, duration, iterations } = this.#scenario;
    if (this.#phase === 'warmup') return warmup;
    if (this.#phase === 'settle') return settleLimit;
    return this.#phase === 'measure' && iterations === undefined ? duration : undefined;
  }
}

function tasksNow({ tasks }: ScenarioSpec, event: Progress, before: Progress['tasks']): TaskNow[] {
  return event.tasks.map((t, i) => {
    const { deadline } = tasks[i] ?? {};
    const since = (count: 'rows' | 'completed' | 'dropped' | 'late'): number => t[count] - (before[i]?.[count] ?? 0);
    return {
      task: tasks[i]?.name ?? '',
      released: since('rows'),
      completed: since('completed'),
      dropped: since('dropped'),
      late: since('late'),
      ...(t.rate === undefined ? {} : { rate_hz: round(t.rate, 2) }),
      ...(t.load === undefined ? {} : { load: round(t.load, 3) }),
      ...(t.lastResponse === undefined ? {} : { response_ms: toMs(t.lastResponse) }),
      ...(deadline === undefined ? {} : { deadline_ms: toMs(deadline) }),
    };
  });
}
