/** Tasks of one model at one rate, as one task with a batch: when that can be, what it comes to, and how to have it measured. */
import { msShort } from '../../base/text.js';
import type { ModelSpec, PipelineSpec, Requirement, ScenarioSpec, TaskSpec } from '../../formats/pipeline/types.js';
import { type CalibratedTask, type InputShapes, sameShapes } from '../../formats/recording/calibration.js';
import { aloneOf, pathOf, type Values } from './outcome.js';
import type { Step, StepContext } from './step.js';

/** Work for whoever writes the program: inputs are gathered, results given back. */
const COST = 3;

/** Tasks that could be one. */
interface Batch {
  readonly model: ModelSpec;
  /** The first stays. */
  readonly tasks: readonly [TaskSpec, ...TaskSpec[]];
  /** Sizes of the inputs with the batch. */
  readonly inputs: InputShapes;
}

/** Tasks that each have one of the inputs of a batch, by model. */
export function batchesOf({ models, scenarios, requirements }: PipelineSpec, scenario: ScenarioSpec): Batch[] {
  return models.flatMap((model): Batch[] => {
    const users = scenarios.flatMap((s) => s.tasks.filter((t) => t.model === model.name));
    const [first, ...others] = scenario.tasks.filter((t) => t.model === model.name);
    if (!first || others.length === 0 || users.length > others.length + 1) return [];
    const inputs = batched(model, others.length + 1);
    if (!inputs || !others.every((t) => canJoin(first, t))) return [];
    // Of the first the batch tells the truth only while it does not wait for the others.
    const waits = others.some((t) => phaseOf(t) > phaseOf(first));
    const stays = (waits ? [first, ...others] : others).every((t) => !isNamedElsewhere(t.name, scenario, requirements));
    return stays ? [{ model, tasks: [first, ...others], inputs }] : [];
  });
}

/** Undefined where the file does not say how large an input is, or feeds results back into the next job. */
function batched({ inputs }: ModelSpec, size: number): InputShapes | undefined {
  const all = Object.entries(inputs);
  const open = all.every(([, { shape, feedback }]) => shape && shape.length > 1 && feedback === undefined);
  return all.length > 0 && open
    ? Object.fromEntries(all.map(([name, { shape = [] }]) => [name, [(shape[0] ?? 1) * size, ...shape.slice(1)]]))
    : undefined;
}

function canJoin({ release: a, placement: x }: TaskSpec, { release: b, placement: y }: TaskSpec): boolean {
  if (a.kind !== 'periodic' || b.kind !== 'periodic') return false;
  return a.rate.num * b.rate.den === b.rate.num * a.rate.den && x.accelerator === y.accelerator;
}

/** Another task is released by it, a chain goes through it, or a requirement is about it. */
const isNamedElsewhere = (task: string, { tasks, chains = [] }: ScenarioSpec, all: readonly Requirement[]): boolean =>
  tasks.some((t) => t.release.kind === 'after' && t.release.tasks.includes(task)) ||
  chains.some((c) => c.tasks.includes(task)) ||
  all.some((r) => 'task' in r && r.task === task);

/** Batches whose time was calibrated in another run. */
export function batchSteps({ now: { spec, scenario }, tasks, variants }: StepContext): Step[] {
  return batchesOf(spec, scenario).flatMap((batch): Step[] => {
    const [first, ...others] = batch.tasks;
    const own = tasks.find((t) => t.name === first.name);
    const variant = variants.find((v) => v.name === first.name && isOfBatch(v, batch) && v.engine === own?.engine);
    const timing = timingOf(batch.tasks);
    if (!own || !variant || !timing) return [];
    const names = batch.tasks.map((t) => t.name).join(', ');
    const waits = timing.wait > 0 ? `; the first waits ${msShort(timing.wait / 1e6)} for the last` : '';
    return [
      {
        kind: `batch:${batch.model.name}`,
        text: `${names} in one batch of ${batch.tasks.length}`,
        price: `a batch takes ${msShort(aloneOf(variant) / 1e6)}, one alone ${msShort(aloneOf(own) / 1e6)}; their inputs are gathered and all results come together${waits}`,
        cost: COST,
        values: [
          ...shapeValues(batch),
          ...others.map((t) => [pathOf(spec, scenario.name, t.name), 'null'] as const),
          ...(timing.phase > 0
            ? [[pathOf(spec, scenario.name, first.name, 'phase'), timeText(timing.phase)] as const]
            : []),
          ...(timing.deadline === undefined
            ? []
            : [[pathOf(spec, scenario.name, first.name, 'deadline'), timeText(timing.deadline)] as const]),
        ],
        assumed: 'a batch was calibrated in another run, not beside these tasks',
      },
    ];
  });
}

/** What to calibrate to learn what a batch would save, for those that were not. */
export const batchHints = ({ now: { spec, scenario }, tasks, variants }: StepContext): string[] =>
  batchesOf(spec, scenario)
    .filter(({ tasks: [first] }) => tasks.some((t) => t.name === first.name))
    .filter((batch) => !variants.some((v) => v.name === batch.tasks[0].name && isOfBatch(v, batch)))
    .map(
      (batch) =>
        `${batch.tasks.map((t) => t.name).join(' and ')} have one model and one rate; whether a batch of ${batch.tasks.length} saves time shows after: infersight calibrate ${shapeValues(
          batch,
        )
          .map(([path, value]) => `--set '${path}=${value}'`)
          .join(' ')}`,
    );

const isOfBatch = ({ inputs }: CalibratedTask, batch: Batch): boolean =>
  inputs !== undefined && sameShapes(inputs, batch.inputs);

const shapeValues = ({ model, inputs }: Batch): Values =>
  Object.entries(inputs).map(([name, shape]) => [`models.${model.name}.inputs.${name}.shape`, `[${shape.join(', ')}]`]);

const phaseOf = ({ release }: TaskSpec): number => (release.kind === 'periodic' ? release.phase : 0);

const timeText = (ns: number): string => `${Number((ns / 1e6).toFixed(3))} ms`;

/**
 * The batch is released when the last input is there; what the first of them has waited by then is gone from its deadline.
 * @returns ns; undefined where a deadline would be over before
 */
function timingOf(
  tasks: readonly TaskSpec[],
): { readonly phase: number; readonly wait: number; readonly deadline?: number } | undefined {
  const phases = tasks.map(phaseOf);
  const phase = Math.max(...phases);
  const wait = phase - Math.min(...phases);
  const left = tasks.flatMap(({ deadline }, i) =>
    deadline === undefined ? [] : [deadline - (phase - (phases[i] ?? 0))],
  );
  const least = Math.min(...left);
  if (left.length === 0) return { phase, wait };
  return least > 0 ? { phase, wait, ...(least === tasks[0]?.deadline ? {} : { deadline: least }) } : undefined;
}
