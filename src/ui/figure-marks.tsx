/** Shapes of a figure as elements of a page, in its colours. */
import type { Mark } from '../charts/marks.js';

/** What a figure shows. */
export interface FigureMarksProps {
  readonly marks: readonly Mark[];
  readonly width: number;
  readonly height: number;
  /** In words, for whom cannot see it. */
  readonly label: string;
}

/** The figure as SVG. */
export function FigureMarks({ marks, width, height, label }: FigureMarksProps) {
  return (
    <svg class="marks" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
      <defs>
        <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="2.2" height="5" class="tone-drop" />
        </pattern>
      </defs>
      {marks.map((mark, i) => (
        <Shape key={i} mark={mark} />
      ))}
    </svg>
  );
}

function Shape({ mark }: { mark: Mark }) {
  if (mark.kind === 'text')
    return (
      <text
        x={mark.x}
        y={mark.y}
        class={`tone-${mark.tone}`}
        text-anchor={mark.anchor ?? 'start'}
        style={{ fontSize: `${mark.size}px`, fontWeight: mark.bold ? 600 : 400 }}
      >
        {mark.text}
      </text>
    );
  const { x, y, width, height, tone, round, hatched } = mark;
  return <rect x={x} y={y} width={width} height={height} rx={round} class={hatched ? 'hatched' : `tone-${tone}`} />;
}
