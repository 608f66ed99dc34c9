/** Everything that the files tell of the chosen layer. */

import { bytes, metric, percent, timeText } from '../../base/text.js';
import { shapeText } from '../../charts/engine-drawing.js';
import type { LayerNumbers } from '../../formats/engine/engine-report.js';
import type { Layer, LayerTensor } from '../../formats/engine/layer-table.js';
import { choose, panes, partnersOf, type Selection, selection } from './state.js';

const MOST_LINKS = 40;

/** Everything that is known of the chosen layer. */
export function Details() {
  const chosen = selection.value;
  const pane = panes.value.find((p) => p.id === chosen?.pane);
  const layer = chosen && pane?.report.table.layers[chosen.layer];
  if (!chosen || !pane || !layer)
    return (
      <aside class="details" aria-live="polite">
        <p class="hint">Choose a layer to see its tensors, tactic, times and ONNX nodes.</p>
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
      <Tensors title="Reads" tensors={layer.inputs} />
      <Tensors title="Writes" tensors={layer.outputs} />
      <Partners chosen={chosen} layer={layer} />
      <Attributes layer={layer} />
    </aside>
  );
}

function Facts({ layer, numbers }: { layer: Layer; numbers: LayerNumbers }) {
  return (
    <dl>
      <Fact name="Type" value={layer.type === layer.subtype ? layer.type : `${layer.type} (${layer.subtype})`} />
      <Fact name="Device" value={layer.device === 'unknown' ? undefined : layer.device.toUpperCase()} />
      <Fact
        name="Time"
        value={layer.time && `${timeText(layer.time.mean_ms)} mean, ${percent(layer.time.share)} of all layers`}
      />
      <Fact name="Median" value={layer.time?.median_ms === undefined ? undefined : timeText(layer.time.median_ms)} />
      <Fact name="Tactic" value={layer.tactic} />
      <Fact name="Work" value={layer.macs ? `${metric(layer.macs)} MACs` : undefined} />
      <Fact
        name="Bytes"
        value={
          numbers.footprint_bytes
            ? `${bytes(numbers.io_bytes)} in and out, ${bytes(layer.weights?.bytes ?? 0)} weights`
            : undefined
        }
      />
      <Fact
        name="Intensity"
        value={numbers.macs_per_byte === undefined ? undefined : `${numbers.macs_per_byte.toFixed(1)} MAC per byte`}
      />
      <Fact name="Achieved" value={achieved(numbers.bytes_per_s, numbers.ops_per_s)} />
      <Fact
        name="Bound"
        value={
          numbers.bound_ms === undefined
            ? undefined
            : `${timeText(numbers.bound_ms)} by ${numbers.bound_by}${layer.time ? `, reached ${percent(numbers.bound_ms / layer.time.mean_ms)}` : ''}`
        }
      />
      <Fact name="Weights" value={layer.weights && `${layer.weights.count} × ${layer.weights.dtype}`} />
      <Fact name="Inside" value={layer.inside} />
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
              {t.location === 'host' ? ', on the host' : ''}
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
  if (!other) {
    if (layer.onnx.length === 0 || (layer.onnx.length === 1 && layer.onnx[0] === layer.name)) return null;
    return (
      <>
        <h4>ONNX nodes</h4>
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
      <h4>{pane === 'model' ? 'ONNX nodes' : pane === 'engine' ? 'Engine layers' : `In ${pane.toUpperCase()}`}</h4>
      {layers.length === 0 ? <p class="hint">nothing</p> : null}
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
      <summary>
        {entries.length} attribute{entries.length === 1 ? '' : 's'}
      </summary>
      <dl>
        {entries.map(([name, value]) => (
          <Fact key={name} name={name} value={typeof value === 'string' ? value : JSON.stringify(value)} />
        ))}
      </dl>
    </details>
  );
}
