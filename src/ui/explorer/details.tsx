/** Everything that the files tell of the chosen layer. */

import { bytes, metric, percent, timeText } from '../../base/text.js';
import { shapeText } from '../../charts/engine-drawing.js';
import type { LayerNumbers } from '../../formats/engine/engine-report.js';
import type { Layer, LayerTensor } from '../../formats/engine/layer-table.js';
import { choose, panes, partnersOf, type Selection, selection } from './state.js';
import { strings } from './strings.js';

const MOST_LINKS = 40;

/** Everything that is known of the chosen layer. */
export function Details() {
  const chosen = selection.value;
  const pane = panes.value.find((p) => p.id === chosen?.pane);
  const layer = chosen && pane?.report.table.layers[chosen.layer];
  if (!chosen || !pane || !layer)
    return (
      <aside class="details" aria-live="polite">
        <p class="hint">{strings.details.choose}</p>
      </aside>
    );
  const findings = pane.report.findings.filter((f) => f.layers.includes(layer.name));
  return (
    <aside class="details" aria-live="polite">
      <h3>{layer.name}</h3>
      <Facts layer={layer} numbers={pane.report.layers[chosen.layer]} />
      {findings.map((f) => (
        <p key={f.id} class={`finding ${f.severity}`}>
          {f.message}
        </p>
      ))}
      <Tensors title={strings.details.reads} tensors={layer.inputs} />
      <Tensors title={strings.details.writes} tensors={layer.outputs} />
      <Partners chosen={chosen} layer={layer} />
      <Attributes layer={layer} />
    </aside>
  );
}

function Facts({ layer, numbers }: { layer: Layer; numbers: LayerNumbers }) {
  const { details: words } = strings;
  return (
    <dl>
      <Fact name={words.type} value={layer.type === layer.subtype ? layer.type : `${layer.type} (${layer.subtype})`} />
      <Fact name={words.device} value={layer.device === 'unknown' ? undefined : layer.device.toUpperCase()} />
      <Fact
        name={words.time}
        value={layer.time && words.timeOf(timeText(layer.time.mean_ms), percent(layer.time.share))}
      />
      <Fact
        name={words.median}
        value={layer.time?.median_ms === undefined ? undefined : timeText(layer.time.median_ms)}
      />
      <Fact name={words.tactic} value={layer.tactic} />
      <Fact name={strings.figures.work} value={layer.macs ? strings.cards.macs(metric(layer.macs)) : undefined} />
      <Fact
        name={words.bytes}
        value={
          numbers.footprint_bytes ? words.bytesOf(bytes(numbers.io_bytes), bytes(layer.weights?.bytes ?? 0)) : undefined
        }
      />
      <Fact
        name={words.intensity}
        value={numbers.macs_per_byte === undefined ? undefined : words.intensityOf(numbers.macs_per_byte)}
      />
      <Fact name={words.achieved} value={achieved(numbers.bytes_per_s, numbers.ops_per_s)} />
      <Fact
        name={words.bound}
        value={
          numbers.bound_ms === undefined
            ? undefined
            : words.boundOf(
                timeText(numbers.bound_ms),
                String(numbers.bound_by),
                layer.time && percent(numbers.bound_ms / layer.time.mean_ms),
              )
        }
      />
      <Fact name={strings.figures.weights} value={layer.weights && `${layer.weights.count} × ${layer.weights.dtype}`} />
      <Fact name={words.inside} value={layer.inside} />
    </dl>
  );
}

const achieved = (moved: number | undefined, ops: number | undefined): string | undefined =>
  [moved === undefined ? '' : `${metric(moved)}B/s`, ops === undefined ? '' : `${metric(ops)}OP/s`]
    .filter(Boolean)
    .join(', ') || undefined;

function Fact({ name, value }: { name: string; value: string | undefined }) {
  return value === undefined ? null : (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Tensors({ title, tensors }: { title: string; tensors: readonly LayerTensor[] }) {
  if (tensors.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <ul class="tensors">
        {tensors.map((t, i) => (
          <li key={`${i} ${t.name}`}>
            <b>{t.name}</b>
            <span>
              {[shapeText(t.shape), t.dtype === '?' ? '' : t.dtype, t.layout ?? ''].filter(Boolean).join(' ')}
              {t.bytes === undefined ? '' : `, ${bytes(t.bytes)}`}
              {t.location === 'host' ? strings.details.host : ''}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** What belongs to it in the other graph; without one, the names of its ONNX nodes. */
function Partners({ chosen, layer }: { chosen: Selection; layer: Layer }) {
  const { pane, layers } = partnersOf(chosen);
  const other = panes.value.find((p) => p.id === pane);
  const { details: words } = strings;
  if (!other) {
    if (layer.onnx.length === 0 || (layer.onnx.length === 1 && layer.onnx[0] === layer.name)) return null;
    return (
      <>
        <h4>{strings.details.nodes}</h4>
        <ul class="names">
          {layer.onnx.slice(0, MOST_LINKS).map((n) => (
            <li key={n}>{n}</li>
          ))}
        </ul>
      </>
    );
  }
  return (
    <>
      <h4>{pane === 'model' ? words.nodes : pane === 'engine' ? words.engineLayers : words.inPane(pane)}</h4>
      {layers.length === 0 ? <p class="hint">{words.nothing}</p> : null}
      <ul class="names">
        {layers.slice(0, MOST_LINKS).map((i) => (
          <li key={i}>
            <button type="button" class="link" onClick={() => choose(pane, i)}>
              {other.report.table.layers[i].name}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function Attributes({ layer }: { layer: Layer }) {
  const entries = Object.entries(layer.attributes);
  if (entries.length === 0) return null;
  return (
    <details>
      <summary>{strings.details.attributes(entries.length)}</summary>
      <dl>
        {entries.map(([name, value]) => (
          <Fact key={name} name={name} value={typeof value === 'string' ? value : JSON.stringify(value)} />
        ))}
      </dl>
    </details>
  );
}
