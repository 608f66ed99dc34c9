/** The jobs of each task against its deadline, out of a report: what was dropped counts, the worst task stands first. */
import type { DeadlineRow } from '../formats/report/deadline-rows.js';
import type { RequirementReport, ScenarioReport, TaskReport } from '../formats/report/report.js';
import { engineLabel } from './meters.js';

/** One row for each task. */
export function deadlineRows(
  { name: scenario, tasks }: ScenarioReport,
  requirements: readonly RequirementReport[],
): DeadlineRow[] {
  return tasks
    .map((task): DeadlineRow => {
      const { name, deadline_ms: deadline, released, completed, late } = task;
      const p99 = task.effective_response_ms?.p99 ?? task.response_ms.p99;
      const verdict = verdictOf(scenario, name, requirements);
      const never = released - completed;
      return {
        task: name,
        place: [engineLabel(task.placement?.accelerator ?? ''), task.release].filter(Boolean).join(' · '),
        ...(deadline === undefined ? {} : { deadline }),
        bins: task.deadline_bins ?? [],
        never,
        released,
        missed: never + (deadline === undefined ? 0 : late),
        ...(p99 === undefined ? {} : { p99 }),
        ...(verdict ? { verdict } : {}),
      };
    })
    .sort((a, b) => missedShare(b) - missedShare(a) || usedOf(b) - usedOf(a));
}

/** Late, dropped or never ended, of all releases. */
export const missesOf = ({ released, completed, late }: TaskReport): number => released - completed + late;

const missedShare = ({ missed, released }: DeadlineRow): number => (released > 0 ? missed / released : 0);
const usedOf = ({ p99, deadline }: DeadlineRow): number =>
  p99 === 'inf' ? Number.MAX_VALUE : p99 !== undefined && deadline ? p99 / deadline : 0;

/** Which requirements of a task hold, in one word: the worst of them. */
function verdictOf(
  scenario: string,
  task: string,
  requirements: readonly RequirementReport[],
): DeadlineRow['verdict'] | undefined {
  const own = new Set(
    requirements.filter((r) => r.terms?.scenario === scenario && r.terms.subject === task).map((r) => r.verdict),
  );
  return (['fail', 'inconclusive', 'pass'] as const).find((v) => own.has(v));
}
