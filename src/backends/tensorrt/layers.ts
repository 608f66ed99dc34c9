/** Time per layer, joined with what TensorRT tells of its layers. */
import { parseJson } from '../../explorer/json.js';
import { readLayerInfo } from '../../explorer/readers/layer-info.js';
import type { LayerProfile } from '../../explorer/readers/profile.js';
import { tensorRtTable } from '../../explorer/tensorrt/tensorrt-table.js';
import type { LayerTable } from '../../formats/engine/layer-table.js';
import { makeProfiler } from './callbacks.js';
import { TrtSession } from './session.js';

const WARM_UP = 5;
/** Of the pass, ms: some engines are slow when every layer is timed. */
const LIMIT_MS = 20_000;

/** A session that can also time its layers. */
export class LayeredSession extends TrtSession {
  layers(runs: number): LayerTable {
    const { context, engine } = this;
    const times = new Map<number, { name: string; values: number[] }>();
    let place = 0;
    const profiler = makeProfiler(engine.library, (name, ms) => {
      const layer = times.get(place) ?? { name, values: [] };
      layer.values.push(ms);
      times.set(place, layer);
      place++;
    });
    context.call('setProfiler', profiler.pointer);
    const begin = performance.now();
    let count = 0;
    try {
      for (let i = 0; i < runs + WARM_UP; i++) {
        place = 0;
        this.runOnce();
        if (i === WARM_UP - 1) times.clear();
        if (i >= WARM_UP) count++;
        if (performance.now() - begin > LIMIT_MS && count > 0) break;
      }
    } finally {
      context.call('setProfiler', null);
      profiler.release();
    }
    const info = readLayerInfo(parseJson(engine.inspect(), 'the engine').data, 'the engine');
    return tensorRtTable(
      { info, profile: profileOf([...times.values()], count), optimizationProfile: this.profile },
      'the engine',
    );
  }
}

function profileOf(
  layers: readonly { readonly name: string; readonly values: readonly number[] }[],
  count: number,
): LayerProfile {
  return {
    count,
    records: layers.map(({ name, values }) => {
      const sorted = values.toSorted((a, b) => a - b);
      const total = values.reduce((sum, v) => sum + v, 0);
      return { name, total, mean: total / Math.max(1, values.length), median: sorted[sorted.length >> 1] ?? 0 };
    }),
  };
}
