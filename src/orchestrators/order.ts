/** Which stages may start, given what has become of the others. Pure: every orchestrator asks this. */
import type { PlannedStage } from '../formats/run/plan.js';

/** What an orchestrator knows of a stage. Stages that it has not dealt with yet are not in its table. */
export type StageEnd = 'running' | 'done' | 'failed' | 'interrupted' | 'skipped';

/** What can be done next. */
export interface Next {
  /** In the order of the plan; those that want the same device exclude each other, so only the first may start. */
  readonly start: readonly PlannedStage[];
  /** Will never start: something they need did not end well. */
  readonly skip: readonly PlannedStage[];
}

/** @param ended by stage @param recorded something was recorded, so that there is something to report on */
export function nextStages(
  plan: readonly PlannedStage[],
  ended: ReadonlyMap<string, StageEnd>,
  recorded: boolean,
): Next {
  const start: PlannedStage[] = [];
  const skip: PlannedStage[] = [];
  const taken = new Set(
    plan.flatMap((s) => (ended.get(s.id) === 'running' && s.exclusive !== undefined ? [s.exclusive] : [])),
  );
  for (const stage of plan) {
    if (ended.has(stage.id)) continue;
    const needs = stage.needs.map((id) => ended.get(id));
    if (needs.some((e) => e !== undefined && e !== 'running' && e !== 'done')) {
      skip.push(stage);
      continue;
    }
    const over = stage.after.every((id) => ended.has(id) && ended.get(id) !== 'running');
    if (!over || needs.some((e) => e !== 'done')) continue;
    if (stage.kind === 'report' && !recorded) {
      skip.push(stage);
      continue;
    }
    if (stage.exclusive !== undefined && taken.has(stage.exclusive)) continue;
    if (stage.exclusive !== undefined) taken.add(stage.exclusive);
    start.push(stage);
  }
  return { start, skip };
}
