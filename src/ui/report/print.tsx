/** On paper: the answer on one page, then every scenario, with its timeline as a drawing instead of a canvas. */
import { render } from 'preact';
import { fitText } from '../../charts/marks.js';
import type { ReportPage } from '../../formats/report/report-page.js';
import { printLight } from '../theme.js';
import { DeadlineSection } from './deadline-section.js';
import { panelsOf } from './panels.js';
import { scenarioTitle } from './recording-name.js';
import { type Loaded, loaded, page, scenarioOf } from './state.js';
import { strings } from './strings.js';
import { TasksTable } from './tasks-section.js';
import { AXIS_HEIGHT, type Colour, type TimelineData } from './timeline-draft.js';
import { layoutLanes } from './timeline-lanes.js';
import { lanesHeight, nameWidth, timelineScene } from './timeline-scene.js';
import { wholeSpan } from './timeline-view.js';

/** A4 between its margins, CSS px. */
const WIDTH = 690;

/** Draws the paper's part of the page before it is printed, and takes it away again. */
export function followPrint(): void {
  const room = document.createElement('div');
  room.className = 'print-only';
  printLight();
  window.addEventListener('beforeprint', () => {
    const data = page.peek();
    if (!data) return;
    document.querySelector('main')?.append(room);
    render(<PrintedRecordings data={data} />, room);
  });
  window.addEventListener('afterprint', () => {
    render(null, room);
    room.remove();
  });
}

function PrintedRecordings({ data }: { data: ReportPage }) {
  return (
    <>
      {data.recordings.map((recording, i) => {
        const scenario = scenarioOf(data, recording);
        const entry = loaded.peek().get(i);
        return scenario ? (
          <article key={`${recording.scenario} ${recording.repetition} ${recording.part}`} class="printed">
            <h2>{scenarioTitle(data, recording)}</h2>
            <DeadlineSection data={data} scenario={scenario} fixed={WIDTH} />
            {entry && !recording.cut ? <TimelineSvg entry={entry} /> : null}
            <TasksTable scenario={scenario} />
          </article>
        ) : null;
      })}
    </>
  );
}

/** Points of a text of the timeline, without a canvas to ask. */
const measure = (text: string): number => text.length * 6;

function TimelineSvg({ entry }: { entry: Loaded }) {
  const panels = panelsOf(entry.samples);
  const layout = layoutLanes(entry.indexes, entry.engines, 'task');
  const data: TimelineData = { ...entry, panels, layout, chosen: undefined };
  const height = lanesHeight(data) + AXIS_HEIGHT;
  const scene = timelineScene(data, wholeSpan(entry), { width: WIDTH, height, scrolled: 0 }, measure);
  const rects: { colour: Colour; x: number; y: number; width: number; height: number }[] = [];
  scene.rects.forEach((colour, x, y, width, high) => {
    rects.push({ colour, x, y, width, height: high });
  });
  const { left } = scene.scale;
  return (
    <svg
      class="printed-timeline"
      viewBox={`0 0 ${WIDTH} ${height}`}
      width={WIDTH}
      height={height}
      role="img"
      aria-label={strings.sections.timeline}
    >
      {rects.map(({ colour, ...box }, i) => (
        <rect key={i} class={`fill-${colour}`} {...box} />
      ))}
      {scene.hatches.map((box, i) => (
        <rect key={i} class="hatched" {...box} />
      ))}
      {scene.lines.map((line, i) => (
        <polyline
          key={i}
          points={Array.from(line.points, (v) => v.toFixed(1)).join(' ')}
          style={{ fill: 'none', stroke: `var(--line${(line.series % 6) + 1})`, strokeWidth: line.thick ? 1.5 : 0.8 }}
        />
      ))}
      {[...scene.axis, ...scene.texts].map((t, i) => (
        <text key={i} x={t.x} y={t.y} text-anchor={{ left: 'start', center: 'middle', right: 'end' }[t.align]}>
          {t.text}
        </text>
      ))}
      {layout.lanes.map((lane) => (
        <text key={lane.task} x={4} y={AXIS_HEIGHT + lane.top + lane.height / 2 + 4}>
          {fitText(lane.name, Math.min(left, nameWidth(WIDTH)) - 10, 11)}
        </text>
      ))}
    </svg>
  );
}
