/** What a list says of a run: its verdict as a sign, its misses by time, its worst task. */
import { msShort, shareText } from '../../base/text.js';
import { VERDICT_SIGNS } from '../../formats/report/report-words.js';
import type { RunEntry } from '../../formats/run/run-list.js';
import type { RunSummary } from '../../formats/run/run-summary.js';
import { strings } from './strings.js';

/** A run that did not end well is that first, whatever its verdict. */
export const resultOf = (run: RunEntry): string =>
  run.state === 'done' ? (run.summary?.verdict ?? 'done') : run.state;

/** States and verdicts in words. */
export const WORDS: Readonly<Record<string, string>> = { ...strings.states, ...strings.verdicts };

const SIGNS: Readonly<Record<string, string>> = {
  ...VERDICT_SIGNS,
  running: '…',
  failed: '✗',
  interrupted: '!',
  lost: '!',
  unreadable: '!',
};

/** `✗ fail` */
export function Result({ run }: { run: RunEntry }) {
  const result = resultOf(run);
  return (
    <span class={`result ${result}`}>
      {SIGNS[result] ?? '–'} {WORDS[result] ?? result}
    </span>
  );
}

type Task = RunSummary['tasks'][number];

/** How far its p99 goes into its deadline. */
const usedOf = ({ p99_ms, deadline_ms }: Task): number =>
  p99_ms === 'inf' ? Number.MAX_VALUE : p99_ms !== undefined && deadline_ms ? p99_ms / deadline_ms : 0;

/** The task that missed most, else the one that is nearest to its deadline. */
export const worstTask = (summary: RunSummary | undefined): Task | undefined =>
  summary?.tasks.toSorted((a, b) => (b.miss_ratio ?? 0) - (a.miss_ratio ?? 0) || usedOf(b) - usedOf(a))[0];

/** `segmenter: 94 % missed, p99 never of 83 ms` */
export function WorstTask({ summary }: { summary: RunSummary | undefined }) {
  const task = worstTask(summary);
  if (!task) return null;
  const p99 = task.p99_ms === undefined ? undefined : task.p99_ms === 'inf' ? strings.never : msShort(task.p99_ms);
  return (
    <span title={task.scenario}>
      <bdi>{task.task}</bdi>
      {task.miss_ratio ? <b class="worse"> {strings.missedShare(shareText(task.miss_ratio))}</b> : null}
      {p99 === undefined ? null : (
        <span class="sub">
          {' '}
          {strings.p99Of(p99, task.deadline_ms === undefined ? undefined : msShort(task.deadline_ms))}
        </span>
      )}
    </span>
  );
}

/** px */
const [STRIP_WIDTH, STRIP_HEIGHT] = [144, 24];

/** Share of the releases that missed, over the run. */
export function MissStrip({ misses }: { misses: readonly number[] | undefined }) {
  if (!misses || misses.length === 0) return null;
  const wide = STRIP_WIDTH / misses.length;
  const all = misses.reduce((a, b) => a + b, 0) / misses.length;
  return (
    <svg
      class="strip-chart"
      width={STRIP_WIDTH}
      height={STRIP_HEIGHT}
      viewBox={`0 0 ${STRIP_WIDTH} ${STRIP_HEIGHT}`}
      role="img"
      aria-label={strings.missedOverTime(shareText(all))}
    >
      <rect x={0} y={STRIP_HEIGHT - 1} width={STRIP_WIDTH} height={1} class="tone-hair" />
      {misses.map((share, i) =>
        share > 0 ? (
          <rect
            key={i}
            x={i * wide}
            width={Math.max(1, wide - 0.6)}
            y={STRIP_HEIGHT - Math.max(2, share * STRIP_HEIGHT)}
            height={Math.max(2, share * STRIP_HEIGHT)}
            class="tone-late"
          />
        ) : null,
      )}
    </svg>
  );
}

/** 2026-11-21 08:22 in the time of the one who looks. */
export const localTime = (utc: string): string =>
  utc === '' ? '' : new Date(utc).toLocaleString('sv-SE').slice(0, 16);
