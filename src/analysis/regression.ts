/** Rules such as `p99 > +10 %` over a comparison: what is a regression, and what these samples cannot tell. */
import { fail } from '../base/problem.js';
import type { ComparedFigure, ComparedRun, ComparedTask } from '../formats/run/run-comparison.js';
import { type Difference, differenceOf, type Estimate } from './difference.js';

/** What a rule can be about. */
const FIGURES = { p50: 'p50', p99: 'p99', missed: 'miss' } as const;
/** A figure of a compared task. */
export type ComparedName = (typeof FIGURES)[keyof typeof FIGURES];

/** One rule. */
export interface RegressionRule {
  readonly text: string;
  /** Only of this task. */
  readonly task?: string;
  readonly figure: ComparedName;
  /** Increase that is too much: a share of the base, or ms, or a share of releases for misses. */
  readonly limit: number;
  readonly relative: boolean;
}

/** How a rule came out for a task. */
export interface RuleResult {
  readonly rule: RegressionRule;
  readonly scenario: string;
  readonly task: string;
  readonly result: 'holds' | 'broken' | 'unknown';
}

const RULE = /^(?:(\S+)\s+)?(p50|p99|missed)\s*>\s*\+?\s*(\d+(?:\.\d+)?)\s*(%|ms|points?)$/;

/** @throws ProblemError `usage` */
export function readRule(text: string): RegressionRule {
  const [, task, name, amount, unit] = RULE.exec(text.trim()) ?? [];
  if (name === undefined)
    return fail(
      'usage',
      `"${text}" is no rule`,
      'such as "p99 > +10 %", "p50 > +2 ms", "missed > +1 point", or of one task: "detector p99 > +10 %"',
    );
  const figure = FIGURES[name as keyof typeof FIGURES];
  const points = unit?.startsWith('point');
  if ((figure === 'miss') !== (points === true))
    return fail(
      'usage',
      `"${text}" has a unit that does not go with ${name}`,
      'p50 and p99 in % or ms, missed in points',
    );
  return {
    text,
    ...(task === undefined ? {} : { task }),
    figure,
    limit: unit === 'ms' ? Number(amount) : Number(amount) / 100,
    relative: unit === '%',
  };
}

const NEVER = Number.POSITIVE_INFINITY;

/** What was never reached has no end. */
export const estimateOf = (f: ComparedFigure | undefined): Estimate | undefined =>
  f && { value: f.value ?? NEVER, low: f.low ?? NEVER, high: f.high };

/** A figure of a task against that of the base. */
export const figureDifference = (base: ComparedTask, task: ComparedTask, name: ComparedName): Difference =>
  differenceOf(estimateOf(base[name]), estimateOf(task[name]));

/** Rules for all tasks that both runs have; broken only by a difference that is more than chance explains. */
export function applyRules(rules: readonly RegressionRule[], base: ComparedRun, run: ComparedRun): RuleResult[] {
  return rules.flatMap((rule) =>
    run.tasks.flatMap((task): RuleResult[] => {
      const before = base.tasks.find((t) => t.scenario === task.scenario && t.task === task.task);
      if (!before || (rule.task !== undefined && rule.task !== task.task)) return [];
      // Without a deadline nothing is missed.
      if (rule.figure === 'miss' && !before.miss && !task.miss) return [];
      return [{ rule, scenario: task.scenario, task: task.task, result: resultOf(rule, before, task) }];
    }),
  );
}

function resultOf(rule: RegressionRule, before: ComparedTask, task: ComparedTask): RuleResult['result'] {
  const { shown, value } = figureDifference(before, task, rule.figure);
  if (shown === 'less' || shown === 'none') return 'holds';
  if (shown === 'unknown') return 'unknown';
  const base = before[rule.figure]?.value ?? NEVER;
  // What ended before and is never done now is more than any limit.
  if (value === undefined) return 'broken';
  return value > (rule.relative ? rule.limit * base : rule.limit) ? 'broken' : 'holds';
}
