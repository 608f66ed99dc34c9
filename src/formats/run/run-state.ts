/** Plan and states of the stages -> how far a run is. The one place that decides it. */
import type { PlannedStage } from './plan.js';
import type { StageState } from './stage-state.js';

/**
 * lost: its process is gone without a word. waiting: stages are left, and nothing runs them. skipped: something it needs
 * did not end well.
 */
export type StageStatus = 'waiting' | 'running' | 'lost' | 'done' | 'failed' | 'interrupted' | 'skipped';
/** How far a run as a whole is. */
export type RunStatus = Exclude<StageStatus, 'skipped'>;

/** One stage of a plan and what became of it. */
export interface StageProgress {
  readonly stage: PlannedStage;
  readonly status: StageStatus;
  readonly state?: StageState;
}

/** A run as it stands. */
export interface RunProgress {
  readonly status: RunStatus;
  readonly stages: readonly StageProgress[];
}

/** The process that goes through the stages keeps a state like a stage's, under this name. */
export const ORCHESTRATOR = 'orchestrator';

/**
 * @param states by stage, and that of the orchestrator; stages without one have not begun
 * @param alive whether the process that wrote a state `running` is still there
 */
export function progressOfRun(
  plan: readonly PlannedStage[],
  states: ReadonlyMap<string, StageState>,
  alive: (state: StageState) => boolean,
): RunProgress {
  const statusOf = (state: StageState | undefined): StageStatus =>
    state === undefined ? 'waiting' : state.state === 'running' && !alive(state) ? 'lost' : state.state;
  const found = new Map<string, StageStatus>();
  const stages = plan.map((stage): StageProgress => {
    const state = states.get(stage.id);
    const own = statusOf(state);
    const blocked = own === 'waiting' && stage.needs.some((n) => ENDED_BADLY.includes(found.get(n) ?? 'waiting'));
    const status = blocked ? 'skipped' : own;
    found.set(stage.id, status);
    return { stage, status, ...(state ? { state } : {}) };
  });
  return { status: overall([...found.values()], statusOf(states.get(ORCHESTRATOR))), stages };
}

const ENDED_BADLY: readonly StageStatus[] = ['failed', 'skipped'];

function overall(stages: readonly StageStatus[], orchestrator: StageStatus): RunStatus {
  if (orchestrator === 'running' || stages.includes('running')) return 'running';
  if (stages.every((s) => s === 'done')) return 'done';
  if (orchestrator === 'lost' || stages.includes('lost')) return 'lost';
  if (orchestrator === 'interrupted' || stages.includes('interrupted')) return 'interrupted';
  if (stages.includes('failed') || stages.includes('skipped') || orchestrator === 'failed') return 'failed';
  return 'waiting';
}
