/** Which layers of a network a DLA can run, and why it cannot run the others. */
import type { LayerPlace } from '../backend.js';
import type { BuildLog } from './build-log.js';
import type { TrtLibrary } from './library.js';
import { TrtObject } from './objects.js';

/** Names of `LayerType`, which moved by one place after TensorRT 8. */
const TYPES_8 =
  'convolution fully_connected activation pooling lrn scale softmax deconvolution concatenation elementwise plugin unary padding shuffle reduce topk gather matrix_multiply ragged_softmax constant rnn identity plugin_v2 slice shape parametric_relu resize trip_limit recurrence iterator loop_output select fill quantize dequantize condition conditional_input conditional_output scatter einsum assertion one_hot non_zero grid_sample nms reverse_sequence normalization cast'.split(
    ' ',
  );
const TYPES_10 =
  'convolution cast activation pooling lrn scale softmax deconvolution concatenation elementwise plugin unary padding shuffle reduce topk gather matrix_multiply ragged_softmax constant identity plugin_v2 slice shape parametric_relu resize trip_limit recurrence iterator loop_output select fill quantize dequantize condition conditional_input conditional_output scatter einsum assertion one_hot non_zero grid_sample nms reverse_sequence normalization plugin_v3 squeeze unsqueeze cumulative dynamic_quantize attention_input attention_output rotary_embedding kvcache_update moe dist_collective'.split(
    ' ',
  );

/** Asks the builder layer by layer. */
export function dlaTable(making: {
  readonly library: TrtLibrary;
  readonly network: TrtObject;
  readonly config: TrtObject;
  readonly log: BuildLog;
}): LayerPlace[] {
  const { library, network, config, log } = making;
  const types = library.version.major < 10 ? TYPES_8 : TYPES_10;
  const count = network.call('getNbLayers') as number;
  log.recent();
  return Array.from({ length: count }, (_, i): LayerPlace => {
    const pointer = network.call('getLayer', i) as bigint;
    const layer = new TrtObject(library, 'VLayer', pointer);
    const runs = Boolean(config.call('canRunOnDLA', pointer));
    const said = log.recent().map((text) => text.trim());
    const type = layer.call('getType') as number;
    return {
      layer: layer.call('getName') as string,
      type: types[type] ?? `type ${type}`,
      device: runs ? 'dla' : 'gpu',
      ...(runs ? {} : { why: said.join(' ') || 'TensorRT gave no reason' }),
    };
  });
}
