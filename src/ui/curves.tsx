/** Cumulative distributions laid over each other. */
import { msShort, msText } from '../base/text.js';
import { LINE_DASHES } from '../charts/marks.js';
import { ticks, tickText } from './ticks.js';

const COLOURS = [1, 2, 3, 4, 5, 6].map((i) => `var(--line${i})`);
/** Colour of a line by its number. */
export const colour = (i: number): string => COLOURS[i % COLOURS.length];

/** Dashes of a line by its number, as SVG writes them. */
export const dash = (i: number): string => LINE_DASHES[i % LINE_DASHES.length].join(' ') || 'none';

/** Positions in a curve of 201 values, at 0, 0.5 ... 100 %. */
export const P50 = 100;
/** The part of an axis of quantiles at which p99 stands. */
export const P99 = 198;

/** Lines over each other on one axis. */
export interface CurvesProps {
  readonly caption: string;
  readonly label: string;
  /** Values at 0, 0.5 ... 100 %, ms, null where never reached; an empty one is left out, and keeps its colour. */
  readonly curves: readonly (readonly (number | null)[])[];
  /** px; drawn at the size it is shown at, so that its text has that of the page. */
  readonly width: number;
  readonly height: number;
  /** ms; drawn where the curves reach it, told where they do not. */
  readonly deadline?: number | undefined;
  readonly deadlineWord?: string;
}

const reachedText = (ms: number | null): string => (ms === null ? '∞' : msText(ms));

/** The last half percent would press the rest together, so the axis ends before it. */
export function Curves({ caption, label, curves, width, height, deadline, deadlineWord }: CurvesProps) {
  const told = curves.filter((c) => c.length > 0);
  const reached = told.flatMap((c) => c.slice(0, P99 + 2).filter((q) => q !== null));
  if (reached.length === 0) return null;
  const [least, most] = [Math.min(...reached), Math.max(...reached)];
  // Equal times stand in the middle, not at an edge of nothing.
  const room = Math.max(0, most * 0.02 - (most - least)) / 2;
  const [low, high] = [Math.max(0, least - room), most + Math.max(room, 1e-6)];
  const [left, bottom] = [44, 24];
  const x = (ms: number): number => left + ((Math.min(ms, high) - low) / (high - low)) * (width - left - 12);
  const y = (part: number): number => 8 + (1 - part) * (height - bottom - 8);
  const marks = ticks(low, high, Math.max(4, Math.round(width / 80)));
  const step = marks.length > 1 ? marks[1] - marks[0] : 1;
  return (
    <figure>
      <figcaption>
        {caption}
        {deadline === undefined ? '' : ` · ${deadlineWord} ${msShort(deadline)}`}
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        style={{ width: `${width}px`, maxWidth: '100%' }}
        role="img"
        aria-label={`${caption}: ${label}, ${told.map((c) => `p50 ${reachedText(c[P50])}, p99 ${reachedText(c[P99])}`).join('; ')}`}
      >
        {marks.map((m) => (
          <g key={m}>
            <line x1={x(m)} x2={x(m)} y1={8} y2={height - bottom} class="grid" />
            <text x={x(m)} y={height - 7} text-anchor={x(m) > width - 24 ? 'end' : 'middle'}>
              {tickText(m, step)} ms
            </text>
          </g>
        ))}
        {[0, 0.5, 1].map((p) => (
          <text key={p} x={left - 6} y={y(p) + 4} text-anchor="end">
            {p * 100} %
          </text>
        ))}
        {deadline !== undefined && deadline >= low && deadline <= high ? (
          <line x1={x(deadline)} x2={x(deadline)} y1={8} y2={height - bottom} class="deadline" />
        ) : null}
        {curves.map((c, i) =>
          c.length > 0 ? (
            <polyline
              key={i}
              points={c
                .flatMap((q, k) =>
                  q === null || q > high ? [] : [`${x(q).toFixed(1)},${y(k / (c.length - 1)).toFixed(1)}`],
                )
                .join(' ')}
              style={{ fill: 'none', stroke: colour(i), strokeWidth: 1.8, strokeDasharray: dash(i) }}
            />
          ) : null,
        )}
      </svg>
    </figure>
  );
}
