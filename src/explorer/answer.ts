/** An engine as a sentence: how long a run takes against what its device could do, and where the time goes. */
import { count, shareText, timeText } from '../base/text.js';
import type { EngineComparison } from '../formats/engine/engine-comparison.js';
import type { EngineReport } from '../formats/engine/engine-report.js';
import { roomOf } from './room.js';

/** Sentences of fact. */
export interface EngineAnswer {
  readonly headline: string;
  readonly reasons: readonly string[];
}

/** From this share of the time on, a kind of layer is worth a sentence. */
const NOTABLE = 0.1;
/** Below this share of the known time, a bound says little of the whole. */
const MOSTLY_KNOWN = 0.5;
const MOST_REASONS = 4;

/** The same in the terminal and on the page. */
export function engineAnswer(report: EngineReport): EngineAnswer {
  const { summary } = report;
  const room = roomOf(report);
  const whole = summary.time.measured[0]?.mean ?? summary.time.layers_sum_ms;
  const layers = `${count(summary.layers)} ${summary.layers === 1 ? 'layer' : 'layers'}`;
  if (whole === undefined)
    return {
      headline: `${layers}, not timed.`,
      reasons: [kinds(report), ...findingsOf(report)].slice(0, MOST_REASONS),
    };
  const bounded = room !== undefined && room.known >= MOSTLY_KNOWN;
  return {
    headline: bounded
      ? `${timeText(whole)} a run; the bound of this device is ${timeText(room.bound)}.`
      : `${timeText(whole)} a run, in ${layers}.`,
    reasons: [
      ...(bounded ? [`It is used to ${shareText(Math.min(1, room.bound / whole))}.`] : []),
      kinds(report),
      ...(bounded ? largestRoom(report) : []),
      ...findingsOf(report),
    ].slice(0, MOST_REASONS),
  };
}

/** The kinds of layers that take most. */
function kinds({ summary }: EngineReport): string {
  const timed = summary.time.layers_sum_ms !== undefined;
  const all = Math.max(1, summary.layers);
  const share = (g: { share: number; count: number }): number => (timed ? g.share : g.count / all);
  const groups = summary.by_type.filter((g) => share(g) >= NOTABLE).slice(0, 3);
  const named = (groups.length > 0 ? groups : summary.by_type.slice(0, 1)).map(
    (g) =>
      `${count(g.count)} ${g.name === '?' ? '' : `${g.name} `}${g.count === 1 ? 'layer' : 'layers'}${g.name === '?' ? ' of unknown type' : ''} ${timed ? (g.count === 1 ? 'takes' : 'take') : g.count === 1 ? 'is' : 'are'} ${shareText(share(g))}`,
  );
  const [precision] = summary.by_precision;
  const single =
    precision && share(precision) > 0.95 && precision.name !== '?' ? `, nearly all in ${precision.name}` : '';
  return `${named.join(', ')}${timed ? ' of the time' : ' of the layers'}${single}.`;
}

function largestRoom(report: EngineReport): string[] {
  const [most] = roomOf(report)?.layers ?? [];
  if (!most) return [];
  const layer = report.table.layers[most.layer];
  return [
    `${layer.name} takes ${shareText(layer.time?.share ?? 0)} and reaches ${shareText(most.bound / most.time)} of its bound.`,
  ];
}

/** The gravest that was found. */
const findingsOf = ({ findings }: EngineReport): string[] =>
  findings
    .filter((f) => f.severity !== 'info')
    .slice(0, 1)
    .map((f) => `${f.message.charAt(0).toUpperCase()}${f.message.slice(1).replace(/\.?$/, '.')}`);

/** What differs between two engines, as a sentence, and what the slower layers of each could gain from the other. */
export function comparisonAnswer({ a, b, pairs }: EngineComparison): EngineAnswer {
  const [x, y] = [a.measured_ms ?? a.layers_sum_ms, b.measured_ms ?? b.layers_sum_ms];
  const timed = pairs.filter(
    (p) => p.a?.mean_ms !== undefined && p.b?.mean_ms !== undefined && p.difference_ms !== undefined,
  );
  const slower = timed.filter((p) => (p.difference_ms ?? 0) > 0);
  const gain = slower.reduce((sum, p) => sum + (p.difference_ms ?? 0), 0);
  const [most] = [...timed].sort((p, q) => Math.abs(q.difference_ms ?? 0) - Math.abs(p.difference_ms ?? 0));
  if (x === undefined || y === undefined || x === 0)
    return { headline: `A has ${count(a.layers)} layers, B ${count(b.layers)}; not both are timed.`, reasons: [] };
  const change = y / x - 1;
  const less = change < 0 ? 'less' : 'more';
  return {
    headline:
      Math.abs(change) < SAME
        ? `B takes as long as A: ${timeText(y)} a run.`
        : `B takes ${shareText(Math.abs(change))} ${less} than A: ${timeText(y)} instead of ${timeText(x)} a run.`,
    reasons: [
      ...(most?.b && Math.abs(most.difference_ms ?? 0) > 0
        ? [
            `The largest difference is ${most.b.name}: ${timeText(Math.abs(most.difference_ms ?? 0))} ${(most.difference_ms ?? 0) < 0 ? 'less' : 'more'}${most.changes.length > 0 ? `, with another ${most.changes.join(' and ')}` : ''}.`,
          ]
        : []),
      slower.length === 0
        ? 'No layer of A is faster than its partner in B.'
        : `${count(slower.length)} of ${count(timed.length)} matched layers ${slower.length === 1 ? 'is' : 'are'} faster in A: as fast in B, ${slower.length === 1 ? 'it' : 'they'} would save ${timeText(gain)}.`,
    ],
  };
}

/** Under this change a time is the same for a reader. */
const SAME = 0.03;
