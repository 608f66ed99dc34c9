/** The figures of one engine: time, bytes, work, by type and precision, findings, the slowest layers. */

import { bytes, count, metric, percent, timeText } from '../../base/text.js';
import { barColour, precisionColour } from '../../charts/engine-colours.js';
import { layerSource } from '../../formats/backends/layer-sources.js';
import type { EngineFinding, EngineReport, LayerGroup } from '../../formats/engine/engine-report.js';
import { Answer, RunStrip } from './answer-section.js';
import { Roofline, Savings } from './savings.js';
import { showLayer } from './state.js';
import { strings } from './strings.js';

const SLOWEST = 12;

/** Figures, findings and groups of an engine. */
export function Overview({ report }: { report: EngineReport }) {
  const { summary } = report;
  const timed = summary.time.layers_sum_ms !== undefined;
  return (
    <div class="overview">
      <Answer report={report} />
      <RunStrip report={report} />
      <div class="columns">
        <Savings report={report} />
        <Roofline report={report} />
      </div>
      <Findings report={report} />
      <Cards report={report} />
      <div class="columns">
        <Bars
          title={timed ? strings.groups.timeByType : strings.groups.layersByType}
          column={strings.groups.type}
          groups={summary.by_type}
          colour={barColour}
          timed={timed}
        />
        <Bars
          title={timed ? strings.groups.timeByPrecision : strings.groups.layersByPrecision}
          column={strings.groups.precision}
          groups={summary.by_precision}
          colour={precisionColour}
          timed={timed}
        />
      </div>
      {timed ? <Slowest report={report} /> : null}
      <Notes report={report} />
    </div>
  );
}

function Cards({ report }: { report: EngineReport }) {
  const { summary, device } = report;
  const { time, bytes: b } = summary;
  const { figures, cards: words } = strings;
  const whole = time.measured[0];
  return (
    <div class="cards">
      {whole?.mean === undefined ? null : (
        <Card title={figures.measured} value={timeText(whole.mean)}>
          {words.mean(whole.what, whole.n === undefined ? undefined : count(whole.n))}
          {whole.p99 === undefined ? '' : words.p99(timeText(whole.p99))}
        </Card>
      )}
      {time.layers_sum_ms === undefined ? null : (
        <Card title={figures.sum} value={timeText(time.layers_sum_ms)}>
          {time.runs === undefined ? '' : words.means(time.runs, count(time.runs))}
          {time.sum_to_measured === undefined ? words.sumIsNoLatency : words.sumToMeasured(time.sum_to_measured)}
        </Card>
      )}
      <Card title={figures.layers} value={count(summary.layers)}>
        {summary.constants > 0 ? words.constants(count(summary.constants)) : ''}
        {words.reformats(summary.reformats.count, time.layers_sum_ms ? percent(summary.reformats.share) : undefined)}
      </Card>
      <Card title={figures.weights} value={bytes(b.weights)}>
        {b.bias > 0 ? words.biases(bytes(b.bias)) : ''}
      </Card>
      <Card title={figures.activations} value={bytes(b.activations)}>
        {words.traffic}
        {b.tensors_of_unknown_size > 0 ? words.unknownSizes(b.tensors_of_unknown_size) : ''}
      </Card>
      {summary.macs ? (
        <Card title={figures.work} value={words.macs(metric(summary.macs))}>
          {whole?.mean ? words.rate(metric((2 * summary.macs) / (whole.mean / 1000))) : words.macsOfRun}
        </Card>
      ) : null}
      {device?.memory_bytes_per_s ? (
        <Card title={figures.device} value={device.name ?? words.gpu}>
          {words.peaks(
            `${metric(device.memory_bytes_per_s)}B/s`,
            Object.entries(device.ops_per_s).map(([p, v]) => `${p} ${metric(v)}OP/s`),
          )}
        </Card>
      ) : null}
    </div>
  );
}

function Card({ title, value, children }: { title: string; value: string; children?: preact.ComponentChildren }) {
  return (
    <section class="card">
      <h3>{title}</h3>
      <p class="value">{value}</p>
      <p class="sub">{children}</p>
    </section>
  );
}

function Findings({ report }: { report: EngineReport }) {
  if (report.findings.length === 0) return <p class="calm">{strings.findings.none}</p>;
  return (
    <section>
      <h2>{strings.findings.title}</h2>
      <ul class="findings">
        {report.findings.map((f) => (
          <FindingItem key={f.id} finding={f} report={report} />
        ))}
      </ul>
    </section>
  );
}

function FindingItem({ finding: f, report }: { finding: EngineFinding; report: EngineReport }) {
  return (
    <li class={`finding ${f.severity}`}>
      <p>
        <span class="tag">{f.severity}</span> {f.message}
      </p>
      <p class="sub">{f.advice}</p>
      <details>
        <summary>{strings.findings.layers(f.layers.length)}</summary>
        <ul class="names">
          {f.layers.slice(0, 100).map((name) => (
            <li key={name}>
              <button type="button" class="link" onClick={() => showLayer(report, name)}>
                {name}
              </button>
            </li>
          ))}
        </ul>
      </details>
    </li>
  );
}

interface BarsProps {
  readonly title: string;
  readonly column: string;
  readonly groups: readonly LayerGroup[];
  readonly colour: (name: string) => string;
  readonly timed: boolean;
}

function Bars({ title, column, groups, colour, timed }: BarsProps) {
  const all = groups.reduce((sum, g) => sum + g.count, 0);
  const part = (g: LayerGroup): number => (timed ? g.share : g.count / Math.max(1, all));
  const { groups: words } = strings;
  return (
    <section>
      <h2>{title}</h2>
      <table class="bars">
        <thead>
          <tr>
            <th scope="col">{column}</th>
            <th scope="col">{words.layers}</th>
            <th scope="col">{timed ? words.time : words.share}</th>
            <th scope="col">{words.activations}</th>
            <th scope="col" class="wide">
              <span class="hidden">{words.share}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {groups.slice(0, 14).map((g) => (
            <tr key={g.name}>
              <th scope="row">{g.name === '?' ? words.unknown : g.name}</th>
              <td>{g.count}</td>
              <td>{timed ? timeText(g.mean_ms) : percent(part(g))}</td>
              <td>{bytes(g.io_bytes)}</td>
              <td class="wide">
                <div class="meter">
                  <span class="bar" style={{ width: `${Math.max(0.5, part(g) * 100)}%`, background: colour(g.name) }} />
                  <span>{timed ? percent(g.share) : ''}</span>
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Slowest({ report }: { report: EngineReport }) {
  const order = report.table.layers
    .map((_, i) => i)
    .sort((a, b) => (report.table.layers[b].time?.mean_ms ?? 0) - (report.table.layers[a].time?.mean_ms ?? 0))
    .slice(0, SLOWEST);
  const longest = report.table.layers[order[0]]?.time?.mean_ms ?? 1;
  return (
    <section>
      <h2>{strings.slowest}</h2>
      <ol class="slowest">
        {order.map((i) => {
          const layer = report.table.layers[i];
          const took = layer.time?.mean_ms ?? 0;
          return (
            <li key={layer.name}>
              <button type="button" class="link" onClick={() => showLayer(report, layer.name)}>
                {layer.name || strings.unnamed(i)}
              </button>
              <span class="bar" style={{ width: `${(took / longest) * 100}%`, background: barColour(layer.type) }} />
              <span class="num">
                {layer.type} · {report.layers[i].precision} · {timeText(took)} · {percent(layer.time?.share ?? 0)}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** What differs from TREx, where a reader may hold the two beside each other, and what was odd in the files. */
function Notes({ report }: { report: EngineReport }) {
  const { notes: words } = strings;
  const notes = [
    ...report.table.notes,
    words.bytes,
    ...(report.summary.bytes.tensors_of_unknown_size > 0 ? [words.openSizes] : []),
    ...(layerSource(report.table).compiled ? [words.kernels] : []),
    ...(report.table.layers.some((l) => l.type === 'ConvActPool') ? [words.convActPool] : []),
    words.intensity,
  ];
  return (
    <section class="notes">
      <h2>{words.title}</h2>
      <ul>
        {notes.map((n) => (
          <li key={n}>{n}</li>
        ))}
      </ul>
      {report.warnings.length > 0 ? (
        <details>
          <summary>{words.warnings(report.warnings.length)}</summary>
          <ul>
            {report.warnings.map((w) => (
              <li key={w}>{w}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  );
}
