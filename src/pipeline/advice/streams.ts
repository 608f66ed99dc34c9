/** Priorities of streams on a GPU. What they change shows only when it is measured: small kernels leave room whoever leads. */
import { PRIORITIES, type Priority, type TaskSpec } from '../../formats/pipeline/types.js';
import type { CalibratedTask } from '../../formats/recording/calibration.js';
import { pathOf } from './outcome.js';
import type { Step, StepContext } from './step.js';

const COST = 1;

interface Streamed {
  readonly task: TaskSpec;
  readonly own: CalibratedTask;
}

/** Tasks with a stream that share their GPU with another one. */
function streamed({ now: { scenario }, tasks }: StepContext): Streamed[] {
  const all = scenario.tasks.flatMap((task): Streamed[] => {
    const own = tasks.find((t) => t.name === task.name);
    return own?.stream === undefined ? [] : [{ task, own }];
  });
  return all.filter((a) => all.some((b) => b !== a && b.own.engine === a.own.engine));
}

const wasCalibrated = ({ others }: StepContext, { own }: Streamed, priority: Priority): boolean =>
  others.some((s) => s.tasks.some((t) => t.name === own.name && t.engine === own.engine && t.stream === priority));

/** Priorities that were calibrated in other runs. */
export const streamSteps = (context: StepContext): Step[] =>
  streamed(context).flatMap((streamedTask) => {
    const { name, priority } = streamedTask.task;
    const { spec, scenario } = context.now;
    return PRIORITIES.filter((wanted) => wanted !== priority && wasCalibrated(context, streamedTask, wanted)).map(
      (wanted): Step => ({
        kind: `priority:${name}`,
        text: `${name}: priority ${wanted}`,
        price: `${wanted === 'low' ? `${name} waits for the others` : 'the others wait'} on ${streamedTask.own.engine}`,
        cost: COST,
        values: [[pathOf(spec, scenario.name, name, 'priority'), wanted]],
        assumed: 'pairs with this priority were calibrated in another run',
      }),
    );
  });

/** What to calibrate to learn whether a task that misses gains by its stream. */
export const streamHints = (context: StepContext): string[] =>
  streamed(context)
    .filter((s) => s.task.priority === 'normal' && !wasCalibrated(context, s, 'high'))
    .filter(({ task }) => context.now.prediction.tasks.some((t) => t.name === task.name && (t.missRatio ?? 0) > 0))
    .map(
      ({ task: { name }, own: { engine } }) =>
        `Whether ${name} gains on ${engine} by a stream of higher priority shows after: infersight calibrate --set '${name}.priority=high'`,
    );
