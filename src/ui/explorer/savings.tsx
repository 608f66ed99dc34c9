/** Where time could be saved: the layers with the most time above their bound, and where they stand on the roofline. */
import { shareText, timeText } from '../../base/text.js';
import { barColour } from '../../charts/engine-colours.js';
import { roomOf } from '../../explorer/room.js';
import type { EngineReport } from '../../formats/engine/engine-report.js';
import { DataTable } from '../data-table.js';
import { useWidth } from '../use-width.js';
import { showLayer } from './state.js';
import { strings } from './strings.js';

const MOST = 10;

/** Nothing without times, or without the peaks of the device. */
export function Savings({ report }: { report: EngineReport }) {
  const room = roomOf(report);
  if (!room || room.layers.length === 0) return null;
  const { savings: words } = strings;
  const longest = Math.max(...room.layers.slice(0, MOST).map((l) => l.time));
  return (
    <section>
      <h2>
        {words.title} <span class="sub">{words.about}</span>
      </h2>
      <DataTable
        columns={[words.layer, words.precision, words.time, words.bound, words.by, words.used, words.room]}
        left={[0, 1, 4, 5]}
      >
        {room.layers.slice(0, MOST).map(({ layer, time, bound, by, room: above }) => {
          const { name } = report.table.layers[layer];
          return (
            <tr key={layer}>
              <th scope="row" class="left name">
                <button type="button" class="link" title={name} onClick={() => showLayer(report, name)}>
                  {name}
                </button>
              </th>
              <td class="left">{report.layers[layer].precision}</td>
              <td>{timeText(time)}</td>
              <td>{timeText(bound)}</td>
              <td class="left">{words.byOf[by]}</td>
              <td class="left">
                <span
                  class="save-bar"
                  role="img"
                  aria-label={shareText(bound / time)}
                  style={{ width: `${(100 * time) / longest}%` }}
                >
                  <i style={{ width: `${(100 * bound) / time}%` }} />
                </span>
              </td>
              <td class="better">−{timeText(above)}</td>
            </tr>
          );
        })}
      </DataTable>
      <p class="sub">{words.known(shareText(room.known))}</p>
    </section>
  );
}

interface Spot {
  readonly layer: number;
  /** MAC per byte. */
  readonly intensity: number;
  /** Operations per second, two per MAC. */
  readonly rate: number;
  readonly share: number;
}

const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [300, 52, 12, 14, 40];

/** Rate by intensity, on logarithmic axes, under the peaks of memory and arithmetic. */
export function Roofline({ report }: { report: EngineReport }) {
  const { ref, width } = useWidth<HTMLElement>();
  const { device } = report;
  const spots = spotsOf(report);
  const memory = device?.memory_bytes_per_s;
  if (!memory || spots.length < 2) return null;
  const peaks = Object.entries(device.ops_per_s).filter(([name]) =>
    report.layers.some((l) => l.precision.toUpperCase() === name.toUpperCase()),
  );
  const top = Math.max(...peaks.map(([, v]) => v), ...spots.map((s) => s.rate)) * 1.6;
  const low = Math.max(top / 1e5, Math.min(...spots.map((s) => s.rate)) / 1.5);
  const [near, far] = [
    Math.min(...spots.map((s) => s.intensity)) / 1.6,
    Math.max(...spots.map((s) => s.intensity), ...peaks.map(([, v]) => v / 2 / memory)) * 1.8,
  ];
  const { roofline: words } = strings;
  const axes: Axes = {
    width,
    x: (v) =>
      LEFT + ((Math.log10(v) - Math.log10(near)) / (Math.log10(far) - Math.log10(near))) * (width - LEFT - RIGHT),
    y: (v) =>
      HEIGHT -
      BOTTOM -
      ((Math.log10(v) - Math.log10(low)) / (Math.log10(top) - Math.log10(low))) * (HEIGHT - BOTTOM - TOP),
    near,
    far,
    low,
    top,
  };
  return (
    <section ref={ref}>
      <h2>
        {words.title} <span class="sub">{words.about}</span>
      </h2>
      {width > 0 ? (
        <svg
          class="roofline"
          viewBox={`0 0 ${width} ${HEIGHT}`}
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={words.label(spots.length)}
        >
          <Grid axes={axes} />
          {peaks.map(([name, peak]) => (
            <Roof key={name} axes={axes} name={name} peak={peak} memory={memory} />
          ))}
          {spots.map((s) => (
            <Dot key={s.layer} axes={axes} spot={s} report={report} />
          ))}
        </svg>
      ) : null}
    </section>
  );
}

function spotsOf({ table, layers }: EngineReport): Spot[] {
  return table.layers.flatMap((layer, i) => {
    const { macs_per_byte: intensity, ops_per_s: rate } = layers[i];
    const share = layer.time?.share;
    return intensity && rate && share ? [{ layer: i, intensity, rate, share }] : [];
  });
}

interface Axes {
  readonly width: number;
  readonly x: (macsPerByte: number) => number;
  readonly y: (opsPerSecond: number) => number;
  readonly near: number;
  readonly far: number;
  readonly low: number;
  readonly top: number;
}

const powers = (from: number, to: number): number[] => {
  const list: number[] = [];
  for (let p = Math.ceil(Math.log10(from)); 10 ** p <= to; p++) list.push(10 ** p);
  return list;
};

const teraText = (v: number): string =>
  v >= 1e12 ? `${v / 1e12} TOP/s` : v >= 1e9 ? `${v / 1e9} GOP/s` : `${v / 1e6} MOP/s`;

function Grid({ axes: { width, x, y, near, far, low, top } }: { axes: Axes }) {
  return (
    <>
      {powers(near, far).map((v) => (
        <g key={`x${v}`}>
          <line x1={x(v)} x2={x(v)} y1={TOP} y2={HEIGHT - BOTTOM} class="grid" />
          <text x={x(v)} y={HEIGHT - BOTTOM + 16} text-anchor="middle">
            {v}
          </text>
        </g>
      ))}
      {powers(low, top).map((v) => (
        <g key={`y${v}`}>
          <line x1={LEFT} x2={width - RIGHT} y1={y(v)} y2={y(v)} class="grid" />
          <text x={LEFT - 6} y={y(v) + 4} text-anchor="end">
            {teraText(v).replace(' ', '\u00a0').split('\u00a0')[0]}
            {v >= 1e12 ? ' T' : v >= 1e9 ? ' G' : ' M'}
          </text>
        </g>
      ))}
      <text x={(LEFT + width - RIGHT) / 2} y={HEIGHT - 6} text-anchor="middle">
        {strings.roofline.axis}
      </text>
    </>
  );
}

/** Memory up to the ridge, arithmetic behind it. */
function Roof({ axes, name, peak, memory }: { axes: Axes; name: string; peak: number; memory: number }) {
  const { x, y, near, far } = axes;
  const ridge = peak / 2 / memory;
  const begin = Math.max(near, axes.low / 2 / memory);
  const points = [
    [x(begin), y(Math.max(axes.low, begin * 2 * memory))],
    [x(Math.min(far, ridge)), y(Math.min(peak, far * 2 * memory))],
    [x(far), y(peak)],
  ];
  return (
    <g>
      <polyline points={points.map((p) => p.map((v) => v.toFixed(1)).join(',')).join(' ')} class="roof" />
      <text x={axes.width - RIGHT} y={y(peak) - 5} text-anchor="end" class="roof-name">
        {name} {teraText(Number(peak.toPrecision(3)))}
      </text>
    </g>
  );
}

function Dot({ axes: { x, y }, spot, report }: { axes: Axes; spot: Spot; report: EngineReport }) {
  const { name, type } = report.table.layers[spot.layer];
  return (
    <circle
      cx={x(spot.intensity)}
      cy={y(spot.rate)}
      r={Math.max(2.5, 34 * Math.sqrt(spot.share))}
      style={{ fill: barColour(type), stroke: barColour(type) }}
    >
      <title>{strings.roofline.spot(name, teraText(Number(spot.rate.toPrecision(3))), shareText(spot.share))}</title>
    </circle>
  );
}
