/** Changes of a pipeline that may make it fit: which there are, and what each costs. */
import { msShort } from '../../base/text.js';
import { type CalibratedTask, sameShapes } from '../../formats/recording/calibration.js';
import { rateText } from '../../formats/report/advice.js';
import { placeText } from '../predict.js';
import { batchSteps } from './batching.js';
import { aloneOf, type Outcome, pathOf, rateOf, rateValue } from './outcome.js';
import type { Step, StepContext } from './step.js';
import { streamSteps } from './streams.js';

/** Lowering a rate by 10 % costs about a tenth of `perRate`, each halving as much as the one before. */
const COST = { place: 2, overrun: 2, priority: 1, cpus: 1, phases: 3, precision: 2, rate: 4, perRate: 20 };

/** Steps that are one value or a few, each with a fixed value. */
export const fixedSteps = (context: StepContext): Step[] => [
  ...overrunSteps(context),
  ...prioritySteps(context),
  ...streamSteps(context),
  ...cpuSteps(context),
  ...placeSteps(context),
  ...batchSteps(context),
];

function overrunSteps({ now: { spec, scenario } }: StepContext): Step[] {
  return scenario.tasks
    .filter((t) => t.overrun.kind === 'queue' && t.release.kind !== 'back-to-back')
    .map(({ name }) => ({
      kind: `overrun:${name}`,
      text: `${name}: overrun latest`,
      price: `${name} drops inputs that a newer one has overtaken`,
      cost: COST.overrun,
      values: [[pathOf(spec, scenario.name, name, 'overrun'), 'latest']],
    }));
}

function prioritySteps({ now: { spec, scenario }, tasks }: StepContext): Step[] {
  const onCpu = scenario.tasks.filter((t) => tasks.find((c) => c.name === t.name)?.engine === 'cpu');
  if (onCpu.length < 2) return [];
  return onCpu.flatMap(({ name, priority }) =>
    (['high', 'low'] as const)
      .filter((wanted) => wanted !== priority)
      .map((wanted) => ({
        kind: `priority:${name}`,
        text: `${name}: priority ${wanted}`,
        price: wanted === 'high' ? 'needs the right to real-time scheduling' : `${name} waits for the others`,
        cost: COST.priority,
        values: [[pathOf(spec, scenario.name, name, 'priority'), wanted]],
        assumed: 'as Linux schedules real time and nice 10; not measured',
      })),
  );
}

/** One task has CPUs of its own, the others share the rest. */
function cpuSteps({ now: { spec, scenario }, cpus, tasks }: StepContext): Step[] {
  const onCpu = scenario.tasks.flatMap((t) => {
    const threads = tasks.find((c) => c.name === t.name && c.engine === 'cpu')?.threads;
    return threads === undefined ? [] : [{ name: t.name, threads }];
  });
  if (onCpu.length < 2 || scenario.tasks.some((t) => t.placement.cpus !== undefined)) return [];
  return onCpu.flatMap(({ name, threads }) => {
    const others = onCpu.filter((t) => t.name !== name);
    const rest = cpus - threads;
    if (rest < Math.max(...others.map((t) => t.threads))) return [];
    const own = numbers(rest, cpus);
    return [
      {
        kind: 'cpus',
        text: `${name} has CPU ${own} to itself, the others CPU ${numbers(0, rest)}`,
        price: 'no task can use a CPU of the other side that is free',
        cost: COST.cpus,
        values: [
          [pathOf(spec, scenario.name, name, 'cpus'), `[${own}]`] as const,
          ...others.map((t) => [pathOf(spec, scenario.name, t.name, 'cpus'), `[${numbers(0, rest)}]`] as const),
        ],
        assumed: 'held to CPUs as asked; not measured',
      },
    ];
  });
}

/** Known of both, and not the same. */
export const differsInPrecision = (a: CalibratedTask, b: CalibratedTask): boolean =>
  a.precision !== undefined && b.precision !== undefined && a.precision !== b.precision;

/** Other threads, other accelerators, other precisions. */
export const placeSteps = ({ now: { spec, scenario }, tasks, variants }: StepContext): Step[] =>
  variants.flatMap((variant) => {
    const own = tasks.find((t) => t.name === variant.name);
    if (!own || !sameShapes(own.inputs, variant.inputs)) return [];
    const path = (key: string): string => pathOf(spec, scenario.name, variant.name, key);
    const rounded = differsInPrecision(own, variant);
    const moved = own.accelerator !== variant.accelerator || own.threads !== variant.threads;
    if (!rounded && !moved) return [];
    const what = [
      ...(moved ? [`on ${placeText(variant)}`] : []),
      ...(rounded ? [`precision ${variant.precision}`] : []),
    ];
    return [
      {
        kind: `place:${variant.name}`,
        text: `${variant.name}: ${what.join(', ')}`,
        price: `a job of ${variant.name} alone takes ${msShort(aloneOf(variant) / 1e6)} so, and ${msShort(aloneOf(own) / 1e6)} now${rounded ? '; check its accuracy on data of your own' : ''}`,
        cost: COST.place + (rounded ? COST.precision : 0),
        values: [
          ...(own.accelerator === variant.accelerator ? [] : [[path('accelerator'), variant.accelerator] as const]),
          ...(variant.engine === 'cpu' && moved ? [[path('threads'), String(variant.threads)] as const] : []),
          ...(rounded ? [[`models.${variant.model}.precision`, variant.precision as string] as const] : []),
        ],
        assumed: 'calibrated in another run, not beside these tasks',
      },
    ];
  });

const numbers = (from: number, to: number): string => Array.from({ length: to - from }, (_, i) => from + i).join(', ');

/** A task that is released less often. */
export function rateStep(now: Outcome, task: string, rate: number): Step {
  const before = rateOf(now.scenario, task) ?? rate;
  const lost = 1 - rate / before;
  return {
    kind: `rate:${task}`,
    text: `${task}: ${rateText(rate)} instead of ${rateText(before)}`,
    price: `${Math.round(lost * 100)} % fewer results of ${task}`,
    cost: COST.rate + COST.perRate * -Math.log(1 - lost),
    values: rateValue(now, task, rate),
  };
}

/** All tasks that have a rate are released less often, by one factor. */
export function allRatesStep(now: Outcome, factor: number): Step {
  const own = now.scenario.tasks.flatMap((t) => {
    const rate = rateOf(now.scenario, t.name);
    return rate === undefined ? [] : [rateStep(now, t.name, rate * factor)];
  });
  return {
    kind: 'rates',
    text: `all rates ${Math.round((1 - factor) * 100)} % lower: ${own.map((s) => s.text.replace(/ instead of .*/, '')).join(', ')}`,
    price: `${Math.round((1 - factor) * 100)} % fewer results of every task`,
    cost: COST.rate + COST.perRate * -Math.log(factor) * own.length,
    values: own.flatMap((s) => s.values),
  };
}

/** Releases at other times within their periods. @param phases ms, by task */
export function phasesStep({ spec, scenario }: Outcome, phases: ReadonlyMap<string, number>): Step {
  const list = [...phases].filter(([, ms]) => ms > 0);
  return {
    kind: 'phases',
    text: `phases: ${list.map(([task, ms]) => `${task} ${ms} ms`).join(', ')}`,
    price: 'the sensors must be triggered, or the results held back',
    cost: COST.phases,
    values: [...phases].map(([task, ms]) => [pathOf(spec, scenario.name, task, 'phase'), `${ms} ms`] as const),
  };
}
