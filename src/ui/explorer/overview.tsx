/** The figures of one engine: time, bytes, work, by type and precision, findings, the slowest layers. */

import { bytes, count, metric, percent, timeText } from '../../base/text.js';
import { precisionColour, typeColour } from '../../charts/engine-colours.js';
import { layerSource } from '../../formats/backends/layer-sources.js';
import type { EngineFinding, EngineReport, LayerGroup } from '../../formats/engine/engine-report.js';
import { choose, engineIndex, paneOfEngine, view } from './state.js';

const SLOWEST = 12;

/** Figures, findings and groups of an engine. */
export function Overview({ report }: { report: EngineReport }) {
  const { summary } = report;
  const timed = summary.time.layers_sum_ms !== undefined;
  return (
    <div class="overview">
      <Cards report={report} />
      <Findings report={report} />
      <div class="columns">
        <Bars
          title={timed ? 'Time by type' : 'Layers by type'}
          groups={summary.by_type}
          colour={typeColour}
          timed={timed}
        />
        <Bars
          title={timed ? 'Time by precision' : 'Layers by precision'}
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
  const whole = time.measured[0];
  return (
    <div class="cards">
      {whole?.mean === undefined ? null : (
        <Card title="Measured run" value={timeText(whole.mean)}>
          {whole.what}, mean{whole.n === undefined ? '' : ` of ${count(whole.n)} queries`}
          {whole.p99 === undefined ? '' : `; p99 ${timeText(whole.p99)}`}
        </Card>
      )}
      {time.layers_sum_ms === undefined ? null : (
        <Card title="Sum of layers" value={timeText(time.layers_sum_ms)}>
          {time.runs === undefined ? '' : `means over ${count(time.runs)} run${time.runs === 1 ? '' : 's'}; `}
          {time.sum_to_measured === undefined
            ? 'timing each layer costs time, so this is no latency'
            : `${time.sum_to_measured.toFixed(2)} × the measured run, as timing each layer costs time`}
        </Card>
      )}
      <Card title="Layers" value={count(summary.layers)}>
        {summary.constants > 0 ? `and ${count(summary.constants)} constants folded in; ` : ''}
        {summary.reformats.count > 0
          ? `${summary.reformats.count} reformat${summary.reformats.count === 1 ? '' : 's'}${time.layers_sum_ms ? `, ${percent(summary.reformats.share)} of the time` : ''}`
          : 'no reformats'}
      </Card>
      <Card title="Weights" value={bytes(b.weights)}>
        {b.bias > 0 ? `and ${bytes(b.bias)} of biases` : ''}
      </Card>
      <Card title="Activation traffic" value={bytes(b.activations)}>
        read and written by all layers of a run; not memory in use
        {b.tensors_of_unknown_size > 0 ? `; ${b.tensors_of_unknown_size} tensors of unknown size left out` : ''}
      </Card>
      {summary.macs ? (
        <Card title="Work" value={`${metric(summary.macs)} MACs`}>
          {whole?.mean
            ? `${metric((2 * summary.macs) / (whole.mean / 1000))}OP/s over the run`
            : 'multiply-accumulates of one run'}
        </Card>
      ) : null}
      {device?.memory_bytes_per_s ? (
        <Card title="Device" value={device.name ?? 'GPU'}>
          peaks at nominal clocks: {metric(device.memory_bytes_per_s)}B/s
          {Object.entries(device.ops_per_s).map(([p, v]) => `, ${p} ${metric(v)}OP/s`)}
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

function showLayer(report: EngineReport, name: string): void {
  const index = report.table.layers.findIndex((l) => l.name === name);
  if (index < 0) return;
  choose(paneOfEngine(engineIndex.value), index);
  view.value = 'graph';
}

function Findings({ report }: { report: EngineReport }) {
  if (report.findings.length === 0) return <p class="calm">No findings.</p>;
  return (
    <section>
      <h2>Findings</h2>
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
        <summary>
          {f.layers.length} layer{f.layers.length === 1 ? '' : 's'}
        </summary>
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
  readonly groups: readonly LayerGroup[];
  readonly colour: (name: string) => string;
  readonly timed: boolean;
}

function Bars({ title, groups, colour, timed }: BarsProps) {
  const all = groups.reduce((sum, g) => sum + g.count, 0);
  const part = (g: LayerGroup): number => (timed ? g.share : g.count / Math.max(1, all));
  return (
    <section>
      <h2>{title}</h2>
      <table class="bars">
        <thead>
          <tr>
            <th scope="col">{title.split(' ').at(-1)}</th>
            <th scope="col">layers</th>
            <th scope="col">{timed ? 'time' : 'share'}</th>
            <th scope="col">activations</th>
            <th scope="col" class="wide">
              <span class="hidden">share</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {groups.slice(0, 14).map((g) => (
            <tr key={g.name}>
              <th scope="row">{g.name === '?' ? 'not told' : g.name}</th>
              <td>{g.count}</td>
              <td>{timed ? timeText(g.mean_ms) : percent(part(g))}</td>
              <td>{bytes(g.io_bytes)}</td>
              <td class="wide">
                <span class="bar" style={{ width: `${Math.max(0.5, part(g) * 100)}%`, background: colour(g.name) }} />
                {timed ? percent(g.share) : ''}
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
      <h2>Slowest layers</h2>
      <ol class="slowest">
        {order.map((i) => {
          const layer = report.table.layers[i];
          const took = layer.time?.mean_ms ?? 0;
          return (
            <li key={layer.name}>
              <button type="button" class="link" onClick={() => showLayer(report, layer.name)}>
                {layer.name}
              </button>
              <span class="bar" style={{ width: `${(took / longest) * 100}%`, background: typeColour(layer.type) }} />
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
  const notes = [...report.table.notes];
  return (
    <section class="notes">
      <h2>Notes</h2>
      <ul>
        {notes.map((n) => (
          <li key={n}>{n}</li>
        ))}
        <li>
          Bytes count BF16, Bool, FP8 and INT4 tensors; a tensor with an open size (−1) is left out and counted above.
        </li>
        {!layerSource(report.table).compiled ? null : (
          <li>
            A kernel counts as one for Tensor Cores by the shape of the matrix instruction in its name (h884, i8816,
            h1688, h16816, tensor16x8x16); without a name nothing is said of it. TREx warns of all of these.
          </li>
        )}
        {report.table.layers.some((l) => l.type === 'ConvActPool') ? (
          <li>
            The work of a convolution joined with its pooling (ConvActPool) is counted, which TREx leaves out; its
            weights are not, as in TREx.
          </li>
        ) : null}
        <li>Intensity is multiply-accumulates per byte of all tensors and weights that a layer touches.</li>
      </ul>
      {report.warnings.length > 0 ? (
        <details>
          <summary>{report.warnings.length} warnings of the builder and of trtexec</summary>
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
