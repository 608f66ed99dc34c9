/**
 * Changes after which everything holds, the cheapest first. Steps of one value are tried alone, then on top of the few that come
 * nearest; places of tasks in all combinations where they are few; rates are halved in between until everything just holds; phases are moved one task after another.
 */
import { groupBy } from '../../base/group.js';
import { ProblemError } from '../../base/problem.js';
import { periodOf } from '../../base/rational.js';
import { type Margin, NO_MARGIN } from '../predict.js';
import { allRatesStep, fixedSteps, phasesStep, placeSteps, rateStep } from './changes.js';
import { highest, type Outcome, outcomeOf, rateOf, type Situation, type Values } from './outcome.js';
import type { Step, StepContext } from './step.js';

/** Steps that together make everything hold. */
export interface Change {
  readonly steps: readonly Step[];
  readonly cost: number;
  readonly values: Values;
  readonly outcome: Outcome;
  /** It also holds if predictions are as wrong as they were. */
  readonly safe: boolean;
}

/** What is searched. */
export interface Search {
  readonly situation: Situation;
  readonly now: Outcome;
  readonly context: StepContext;
  readonly margin: Margin;
}

/** What doubt costs, as `Step.cost` counts. */
const ASSUMED = 4;
const BEAM = 4;
/** Combinations of places that are all tried, at a glance. */
const MOST_PLACES = 128;
/** Of those, as many are looked at closely. */
const NEAREST = 12;
const MOST_CHANGES = 8;
/** Of a rate; below, a model is as good as gone. */
const LEAST_SHARE = 1 / 16;
/** Places within a period that are tried as a phase. */
const PHASES = 8;

interface Node {
  readonly steps: readonly Step[];
  readonly outcome: Outcome;
}

const valuesOf = (steps: readonly Step[]): Values => steps.flatMap((s) => s.values);
const costOf = (steps: readonly Step[]): number => steps.reduce((sum, s) => sum + s.cost, 0);

/** Undefined for values that the file cannot have together. */
function tried({ situation }: Search, steps: readonly Step[], margin = NO_MARGIN): Outcome | undefined {
  try {
    return outcomeOf(situation, valuesOf(steps), margin);
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

/** Nothing where everything holds as it is. */
export function changesFor(search: Search): Change[] {
  const { now, context } = search;
  if (now.holds) return [];
  const start: Node = { steps: [], outcome: now };
  const single = [...expanded(search, start, fixedSteps(context)), ...phased(search, start)];
  const near = single
    .filter((n) => !n.outcome.holds && n.outcome.distance < now.distance)
    .sort((a, b) => a.outcome.distance - b.outcome.distance)
    .slice(0, BEAM);
  const double = near.flatMap((node) => expanded(search, node, fixedSteps(context)));
  const found = [...single, ...double, ...placed(search, start)].filter((n) => n.outcome.holds);
  for (const node of [start, ...near]) found.push(...slower(search, node));
  return ranked(search, found);
}

/**
 * Places of three tasks and more, which the pairs above do not reach: all combinations where they are few; else the best place of one
 * task after another, until none comes nearer.
 */
function placed(search: Search, start: Node): Node[] {
  const byTask = [...groupBy(placeSteps(search.context), (step) => step.kind).values()];
  if (byTask.length < 3) return [];
  const all = byTask.reduce((n, steps) => n * (steps.length + 1), 1);
  if (all > MOST_PLACES) return descended(search, start, byTask);
  const looked = atAGlance(search);
  // Those that hold with the error of predictions come first.
  return combinationsOf(byTask)
    .filter((steps) => steps.length >= 3)
    .flatMap((steps) => nodeOf(looked, steps, search.margin) ?? [])
    .sort((a, b) => a.outcome.distance - b.outcome.distance || costOf(a.steps) - costOf(b.steps))
    .slice(0, NEAREST)
    .flatMap(({ steps }) => nodeOf(search, steps) ?? []);
}

const atAGlance = (search: Search): Search => {
  const { situation } = search;
  return { ...search, situation: { ...situation, base: { ...situation.base, brief: true } } };
};

const nodeOf = (search: Search, steps: readonly Step[], margin = NO_MARGIN): Node | undefined => {
  const outcome = tried(search, steps, margin);
  return outcome && { steps, outcome };
};

/** One step of each task or none. */
const combinationsOf = (byTask: readonly (readonly Step[])[]): Step[][] =>
  byTask.reduce<Step[][]>((sets, steps) => sets.flatMap((set) => [set, ...steps.map((s) => [...set, s])]), [[]]);

/** At a glance first; where what was found so does not hold, with as many releases as it takes. */
function descended(search: Search, start: Node, byTask: readonly (readonly Step[])[]): Node[] {
  const looked = atAGlance(search);
  const glanced = nodeOf(looked, start.steps);
  const brief = glanced && nearest(looked, glanced, byTask);
  const found = brief && brief.steps.length > 0 ? nodeOf(search, brief.steps) : undefined;
  if (found?.outcome.holds) return [found];
  const best = nearest(search, start, byTask);
  return best === start ? [] : [best];
}

function nearest(search: Search, start: Node, byTask: readonly (readonly Step[])[]): Node {
  let best = start;
  for (let nearer = true; nearer && !best.outcome.holds; ) {
    nearer = false;
    for (const steps of byTask) {
      const others = best.steps.filter((s) => s.kind !== steps[0]?.kind);
      for (const node of [[], ...steps.map((s) => [s])].map((own) => nodeOf(search, [...others, ...own]))) {
        if (!node || node.outcome.distance >= best.outcome.distance) continue;
        best = node;
        nearer = true;
      }
    }
  }
  return best;
}

function expanded(search: Search, node: Node, steps: readonly Step[]): Node[] {
  const taken = new Set(node.steps.map((s) => s.kind));
  return steps.flatMap((step) => {
    if (taken.has(step.kind)) return [];
    const list = [...node.steps, step];
    const outcome = tried(search, list);
    return outcome ? [{ steps: list, outcome }] : [];
  });
}

/** With one rate lower, with all lower. */
function slower(search: Search, node: Node): Node[] {
  const { now } = search;
  const lowered = (make: (share: number) => Step): Node[] => {
    // With room for the error of predictions where that can be had: a rate that only just holds is poor advice.
    for (const margin of [search.margin, NO_MARGIN]) {
      const holds = (share: number): boolean => tried(search, [...node.steps, make(share)], margin)?.holds ?? false;
      if (!holds(LEAST_SHARE)) continue;
      const steps = [...node.steps, make(highest(LEAST_SHARE, 1, holds))];
      const outcome = tried(search, steps);
      if (outcome?.holds) return [{ steps, outcome }];
    }
    return [];
  };
  const tasks = now.scenario.tasks.filter((t) => rateOf(now.scenario, t.name) !== undefined);
  return [
    ...tasks.flatMap(({ name }) => {
      const rate = rateOf(now.scenario, name) ?? 1;
      return lowered((share) => rateStep(now, name, rate * share));
    }),
    ...(tasks.length > 1 ? lowered((share) => allRatesStep(now, share)) : []),
  ];
}

/** Phases that bring it nearest, one task after another. */
function phased(search: Search, start: Node): Node[] {
  const { now } = search;
  const tasks = now.scenario.tasks.filter((t) => t.release.kind === 'periodic');
  if (tasks.length < 2) return [];
  const phases = new Map(tasks.map((t) => [t.name, t.release.kind === 'periodic' ? t.release.phase / 1e6 : 0]));
  let best: Node = start;
  for (const { name, release } of tasks.slice(1)) {
    const period = release.kind === 'periodic' ? periodOf(release.rate) / 1e6 : 0;
    for (let place = 0; place < PHASES && !best.outcome.holds; place++) {
      const ms = Number(((period * place) / PHASES).toPrecision(4));
      const step = phasesStep(now, new Map(phases).set(name, ms));
      const outcome = tried(search, [step]);
      if (!outcome || outcome.distance >= best.outcome.distance) continue;
      best = { steps: [step], outcome };
      phases.set(name, ms);
    }
  }
  return best === start ? [] : [best];
}

/** First those that hold even if predictions are wrong, then the cheapest; none that has all the steps of a cheaper one as good. */
function ranked(search: Search, found: readonly Node[]): Change[] {
  const kept: (Node & { readonly safe: boolean })[] = [];
  for (const node of found.toSorted((a, b) => costOf(a.steps) - costOf(b.steps))) {
    const cheaper = kept.filter((k) =>
      k.steps.every((s) => node.steps.some((n) => n.text === s.text || n.kind === s.kind)),
    );
    if (cheaper.some((k) => k.safe)) continue;
    const safe = tried(search, node.steps, search.margin)?.holds ?? false;
    if (safe || cheaper.length === 0) kept.push({ ...node, safe });
  }
  return kept
    .map(({ steps, outcome, safe }): Change => {
      const assumed = steps.some((s) => s.assumed !== undefined);
      return { steps, cost: costOf(steps) + (assumed ? ASSUMED : 0), values: valuesOf(steps), outcome, safe };
    })
    .sort((a, b) => Number(b.safe) - Number(a.safe) || a.cost - b.cost)
    .slice(0, MOST_CHANGES);
}
