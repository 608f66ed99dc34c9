/** Advice in the terminal. */
import pc from 'picocolors';
import { msShort, shareText } from '../base/text.js';
import type { Accuracy, Advice } from '../pipeline/advice/advise.js';
import type { Headroom } from '../pipeline/advice/headroom.js';
import { hz } from '../pipeline/advice/outcome.js';
import type { Change } from '../pipeline/advice/search.js';
import { plainTable, widthOf, wrap } from './text.js';

const verdict = (holds: boolean, safe: boolean): string =>
  !holds ? pc.red('does not fit') : safe ? pc.green('fits') : pc.yellow('just fits');

/** Of one scenario. */
export function adviceText(advice: Advice): string {
  const { scenario, holds, safe, headroom, changes } = advice;
  const head = `${pc.bold(scenario)}: ${verdict(holds, safe)}, as predicted. ${bottleneckText(advice)}`;
  const bounds = headroom.some((h) => h.bound_ms !== undefined);
  return [
    lines(head),
    tasksTable(headroom, bounds),
    ...(bounds ? [lines(boundText(headroom))] : []),
    ...(holds ? [] : [changesText(changes, advice)]),
    lines(accuracyText(advice.accuracy)),
  ].join('\n\n');
}

const lines = (text: string): string => wrap(text, widthOf(process.stdout));

function bottleneckText({ bottleneck: { engine, share }, cpus, asked }: Advice): string {
  if (engine !== 'cpu') return `${engine} is asked for ${shareText(share)} of its time.`;
  return `The tasks ask for ${(asked.cpu ?? 0).toFixed(1)} of ${cpus} CPUs (${shareText(share)}).`;
}

const ms = (value: number | 'inf' | undefined): string =>
  value === undefined ? '-' : value === 'inf' ? pc.red('never') : msShort(value);
const rate = (value: number | undefined): string => (value === undefined ? '-' : hz(value));

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

const boundText = (headroom: readonly Headroom[]): string =>
  `bound: ${[...new Set(headroom.filter((h) => h.bound_ms !== undefined).map((h) => h.bound_note))].join('; ')}; with the longest service times that were seen.`;

/** What to change, the cheapest first. */
function changesText(changes: readonly Change[], { without }: Advice): string {
  const elsewhere =
    without.length > 0
      ? lines(`On another device, one of these would let the others fit: ${without.join(', ')}.`)
      : lines('No single task elsewhere would let the others fit.');
  if (changes.length === 0)
    return `${lines('No change of overrun, priority, CPUs, phases or rates was found with which everything holds.')}\n${elsewhere}`;
  const list = changes.map((change, i) => changeText(change, i + 1));
  return `What to change, the cheapest first:\n${list.join('\n')}\n${elsewhere}`;
}

function changeText({ steps, safe, outcome }: Change, number: number): string {
  const what = steps.map((s) => s.text).join('; ');
  const price = steps.map((s) => s.price).join('; ');
  const assumed = [...new Set(steps.flatMap((s) => s.assumed ?? []))];
  const worst = outcome.prediction.tasks
    .filter((t) => t.missRatio !== undefined)
    .toSorted((a, b) => (b.missRatio ?? 0) - (a.missRatio ?? 0))[0];
  const effect = worst
    ? `predicted: at most ${shareText(worst.missRatio ?? 0)} missed${typeof worst.p99 === 'number' ? `, p99 of ${worst.name} ${msShort(worst.p99)}` : ''}`
    : 'predicted to hold';
  const notes = [effect, ...(safe ? [] : ['not if predictions are as wrong as they were']), ...assumed];
  const width = widthOf(process.stdout);
  return [
    `${String(number).padStart(2)}. ${wrap(pc.bold(what), width, 4, 4)}`,
    `    ${wrap(`price: ${price}`, width, 4, 4)}`,
    `    ${wrap(pc.dim(notes.join('; ')), width, 4, 4)}`,
  ].join('\n');
}

/** The label on every prediction. */
export function accuracyText({ checks, runs, p50, p99, p99_nine_of_ten: nine, margin }: Accuracy): string {
  if (checks === 0)
    return `No prediction was checked on this device yet; "safe" takes service times ${shareText(margin)} longer.`;
  return `On this device predictions of p99 were off by ${shareText(p99)} (median) and nine of ten by at most ${shareText(nine)}, p50 by ${shareText(p50)}, over ${checks} task${checks === 1 ? '' : 's'} in ${runs} run${runs === 1 ? '' : 's'}; "safe" takes service times ${shareText(margin)} longer.`;
}
