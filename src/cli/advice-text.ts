/** Advice in the terminal. */
import pc from 'picocolors';
import { msShort, shareText } from '../base/text.js';
import {
  type AdvisedChange,
  accuracyText,
  adviceVerdict,
  alignmentText,
  bottleneckText,
  boundsText,
  effectTexts,
  elsewhereText,
  type Headroom,
  NO_CHANGE,
  rateText,
  type ScenarioAdvice,
  WHAT_TO_CHANGE,
} from '../formats/report/advice.js';
import { plainTable, widthOf, wrap } from './text.js';

/** Of one scenario. */
export function adviceText(advice: ScenarioAdvice): string {
  const { scenario, holds, safe, headroom, accuracy } = advice;
  const colour = !holds ? pc.red : safe ? pc.green : pc.yellow;
  const bounds = boundsText(headroom);
  const alignment = alignmentText(advice);
  return [
    lines(`${pc.bold(scenario)}: ${colour(adviceVerdict(advice))}, as predicted. ${bottleneckText(advice)}`),
    tasksTable(headroom, bounds !== undefined),
    ...(bounds === undefined ? [] : [lines(bounds)]),
    ...(alignment === undefined ? [] : [lines(alignment)]),
    ...(holds ? [] : [changesText(advice)]),
    lines(accuracyText(accuracy)),
  ].join('\n\n');
}

const lines = (text: string): string => wrap(text, widthOf(process.stdout));

const ms = (value: number | 'inf' | undefined): string =>
  value === undefined ? '-' : value === 'inf' ? pc.red('never') : msShort(value);
const rate = (value: number | undefined): string => (value === undefined ? '-' : rateText(value));

function tasksTable(headroom: readonly Headroom[], bounds: boolean): string {
  const rows = plainTable(
    ['task', 'on', 'rate', 'highest', 'safe', 'p99', 'deadline', 'slack', 'missed', ...(bounds ? ['bound'] : [])],
    2,
  );
  for (const h of headroom)
    rows.push([
      h.task,
      h.engine,
      rate(h.rate_hz),
      h.rate_hz !== undefined && h.highest_rate_hz === undefined ? pc.red('none') : rate(h.highest_rate_hz),
      rate(h.safe_rate_hz),
      ms(h.p99_ms),
      ms(h.deadline_ms),
      h.slack_ms === undefined ? '-' : h.slack_ms < 0 ? pc.red(`-${msShort(-h.slack_ms)}`) : msShort(h.slack_ms),
      h.miss_ratio === undefined ? '-' : shareText(h.miss_ratio),
      ...(bounds ? [ms(h.bound_ms)] : []),
    ]);
  return rows.toString();
}

function changesText(advice: ScenarioAdvice): string {
  const { changes, untried = [] } = advice;
  const rest = [...untried, elsewhereText(advice)].map(lines);
  if (changes.length === 0) return [lines(NO_CHANGE), ...rest].join('\n');
  const list = changes.map((change, i) => changeText(change, i + 1));
  return `${[lines(`${WHAT_TO_CHANGE}:`), ...list].join('\n')}\n\n${rest.join('\n')}`;
}

function changeText(change: AdvisedChange, number: number): string {
  const width = widthOf(process.stdout);
  return [
    `${String(number).padStart(2)}. ${wrap(pc.bold(change.steps.map((s) => s.text).join('; ')), width, 4, 4)}`,
    `    ${wrap(`price: ${change.steps.map((s) => s.price).join('; ')}`, width, 4, 4)}`,
    `    ${wrap(pc.dim(effectTexts(change).join('; ')), width, 4, 4)}`,
  ].join('\n');
}
