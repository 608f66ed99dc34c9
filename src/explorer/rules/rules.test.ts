/** Every rule: a case in which it fires and one in which it does not. */
import { describe, expect, it } from 'vitest';
import type { EngineFinding } from '../../formats/engine/engine-report.js';
import type { Layer, LayerTable, LayerTensor } from '../../formats/engine/layer-table.js';
import { type EngineLog, emptyLog } from '../engine-log.js';
import { reportEngine } from '../report.js';
import { usesTensorCores } from './tensor-core.js';

const t = (name: string, dtype: string, shape: number[] = [1, 32, 8, 8]): LayerTensor => ({
  name,
  dtype,
  shape,
  bytes: shape.reduce((a, b) => a * b, 1) * (dtype === 'FP32' ? 4 : dtype === 'FP16' ? 2 : 1),
});
let made = 0;
const layer = (type: string, from: string, to: string, ms: number, more: Partial<Layer> = {}): Layer => {
  const n = made++;
  return {
    name: `l${n}`,
    type,
    subtype: type,
    device: 'gpu',
    inputs: [t(`x${n}`, from)],
    outputs: [t(`y${n}`, to)],
    onnx: [`l${n}`],
    time: { mean_ms: ms, share: 0 },
    attributes: {},
    ...more,
  };
};
const log = (more: Partial<EngineLog> = {}): EngineLog => ({ ...emptyLog(), ...more });
const asked = (precision: string) => log({ options: { 'Build Options': { Precision: precision } } });
const GPU = {
  'Compute Capability': '8.6',
  SMs: '16',
  'Compute Clock Rate': '1.3 GHz',
  'Memory Bus Width': '256 bits',
  'Memory Clock Rate': '3.2 GHz',
};

function findings(
  layers: readonly Layer[],
  engineLog?: EngineLog,
  more: Partial<LayerTable> = {},
): Map<string, EngineFinding> {
  const total = layers.reduce((sum, l) => sum + (l.time?.mean_ms ?? 0), 0);
  const table: LayerTable = {
    version: 2,
    source: 'tensorrt',
    detail: 'full',
    inputs: [],
    outputs: [],
    layers: layers.map((l) => (l.time && total > 0 ? { ...l, time: { ...l.time, share: l.time.mean_ms / total } } : l)),
    constants: [],
    notes: [],
    ...more,
  };
  const report = reportEngine({ name: 'e', file: 'f', table, ...(engineLog ? { log: engineLog } : {}) });
  return new Map(report.findings.map((f) => [f.id, f]));
}
const conv = (from: string, to: string, ms = 1, more: Partial<Layer> = {}) => layer('Convolution', from, to, ms, more);
const TC = 'ampere_h16816cudnn_128x128_ldg8_relu_exp_stages_64x3_large_nhwc_tn_v1';

describe('Tensor Cores by the name of a kernel', () => {
  it.each([
    [TC, true],
    ['turing_fp16_i8816cudnn_int8_128x128_ldg16_relu_small_nt_v1', true],
    ['volta_h884cudnn_256x64_ldg8_relu_exp_medium_nhwc_tn_v1', true],
    ['ampere_fp16_s16816gemm_fp16_128x64_ldg8_f2f_stages_64x3_tn', true],
    ['turing_fp16_s1688cudnn_fp16_128x128_ldg8_relu_f2f_exp_medium_nhwc_tn_v1', true],
    ['sm80_xmma_fprop_implicit_gemm_f16f16_f16f16_f16_nhwckrsc_nhwc_tilesize256x64x32_tensor16x8x16_t1r3s3', true],
    ['trt_turing_cutlass_image_network_first_layer_hmma_fprop_f16f16f32_nhwc_nhwc_k64r7s7c4_stride2x2', true],
    ['volta_int8x4_icudnn_int8x4_128x32_relu_xregs_medium_c32_nn_v1', false],
    ['ampere_fp32_icudnn_int8x4_128x64_relu_medium_nn_v1', false],
    ['sm70_xmma_fprop_conv1x1_i8f32_f32_f32_nchw_vect_c_4kcrs_vect_c_4_nchw_simt_small_batch_bias_relu', false],
    ['sm80_xmma_fprop_implicit_gemm_f32f32_f32f32_f32_nhwckrsc_nhwc_tilesize128x64x8_ffma_t1r3s3', false],
    ['ampere_scudnn_128x64_relu_xregs_large_nn_v1', false],
    ['sm50_xmma_cublas_gemvx_f16f16_f32', false],
    ['__myl_FcCast_0x1234', undefined],
    [undefined, undefined],
  ])('%s: %s', (tactic, uses) => expect(usesTensorCores(tactic)).toBe(uses));
});

describe('rules', () => {
  it('tensor_cores', () => {
    const plain = conv('INT8', 'INT8', 1, { tactic: 'volta_int8x4_icudnn_int8x4_128x32_relu' });
    const few = { ...plain, name: 'first', inputs: [t('rgb', 'INT8', [1, 3, 8, 8])] };
    const found = findings([plain, few]).get('tensor_cores');
    expect(found).toMatchObject({ severity: 'warning', evidence: { few_channels: 1 } });
    expect(found?.layers).toHaveLength(2);
    const depthwise = { ...plain, attributes: { Groups: 32 } };
    const silent = [
      conv('INT8', 'INT8', 1, { tactic: TC }),
      conv('FP16', 'FP16'),
      depthwise,
      { ...conv('FP32', 'FP32'), tactic: 'ampere_scudnn_x' },
    ];
    expect(findings(silent).has('tensor_cores')).toBe(false);
  });
  it('quantized_float_output', () => {
    expect(findings([conv('INT8', 'FP16')]).get('quantized_float_output')?.message).toContain('write');
    const last = conv('INT8', 'FP32');
    expect(
      findings([conv('INT8', 'INT8'), last], undefined, { outputs: [last.outputs[0]] }).has('quantized_float_output'),
    ).toBe(false);
  });
  it('channel_alignment', () => {
    const odd = conv('FP16', 'FP16', 1, { inputs: [t('x', 'FP16', [1, 12, 8, 8])] });
    expect(findings([odd]).get('channel_alignment')?.evidence).toMatchObject({ channels_in: 12 });
    const plainFp32 = conv('FP32', 'FP32', 1, {
      inputs: [t('x', 'FP32', [1, 3, 8, 8])],
      tactic: 'ampere_scudnn_128x64',
    });
    expect(findings([conv('FP16', 'FP16'), plainFp32]).has('channel_alignment')).toBe(false);
    const tf32 = { ...plainFp32, tactic: 'sm80_xmma_fprop_implicit_gemm_f32f32_tf32f32_f32_tensor16x8x8' };
    expect(findings([tf32]).has('channel_alignment')).toBe(true);
  });
  it('type_conversion', () => {
    const change = [layer('Reformat', 'FP32', 'INT8', 1), layer('Reformat', 'FP16', 'INT8', 1)];
    expect(findings(change).get('type_conversion')?.evidence).toEqual({ 'FP32 -> INT8': 1, 'FP16 -> INT8': 1 });
    expect(
      findings([layer('Reformat', 'FP16', 'FP16', 1), layer('Reformat', '?', 'FP16', 1)]).has('type_conversion'),
    ).toBe(false);
  });
  it('slice_conversion', () => {
    expect(findings([layer('Slice', 'FP32', 'FP16', 1)]).has('slice_conversion')).toBe(true);
    expect(findings([layer('Slice', 'FP16', 'FP16', 1)]).has('slice_conversion')).toBe(false);
  });
  it('unfused_qdq', () => {
    const inner = layer('Scale', 'INT8', 'FP16', 1);
    expect(findings([conv('INT8', 'INT8'), inner]).get('unfused_qdq')?.evidence).toEqual({
      quantize: 0,
      dequantize: 1,
    });
    const first = layer('Scale', 'FP32', 'INT8', 1);
    expect(
      findings([first, layer('Scale', 'FP16', 'FP16', 1)], undefined, { inputs: [first.inputs[0]] }).has('unfused_qdq'),
    ).toBe(false);
  });
  it('unfused_qdq: reformats that TensorRT made of Q/DQ', () => {
    const quantize = (Origin: string) => layer('Reformat', 'FP32', 'INT8', 1, { attributes: { Origin } });
    expect(findings([conv('FP32', 'FP32'), quantize('QDQ')]).get('unfused_qdq')?.evidence).toEqual({
      quantize: 1,
      dequantize: 0,
    });
    expect(findings([conv('FP32', 'FP32'), quantize('REFORMAT')]).has('unfused_qdq')).toBe(false);
  });
  it('precision_not_used: not where most of the work is hidden inside fused layers', () => {
    const asked = log({ options: { 'Build Options': { Precision: 'FP32+FP16' } } });
    const hidden = layer('kgen', 'FP16', 'FP16', 9);
    expect(findings([conv('FP32', 'FP32', 1), hidden], asked).has('precision_not_used')).toBe(false);
    expect(findings([conv('FP32', 'FP32', 90), hidden], asked).has('precision_not_used')).toBe(true);
  });
  it('precision_not_used: asked for FP16, got FP32', () => {
    const found = findings([conv('FP32', 'FP32'), layer('gemm', 'FP32', 'FP32', 1)], asked('FP32+FP16')).get(
      'precision_not_used',
    );
    expect(found).toMatchObject({ severity: 'error', evidence: { asked: 'FP16', multiplying_layers: 2, in_fp32: 2 } });
    expect(findings([conv('FP32', 'FP32')], asked('FP32')).has('precision_not_used')).toBe(false);
    expect(findings([conv('FP32', 'FP32')]).has('precision_not_used')).toBe(false);
    expect(
      findings([conv('FP32', 'FP32')], log({ command: 'trtexec --onnx=a --fp16' })).has('precision_not_used'),
    ).toBe(true);
  });
  it('precision_partly_used', () => {
    const mixed = [conv('FP16', 'FP16', 8), conv('FP32', 'FP32', 2)];
    expect(findings(mixed, asked('FP32+FP16')).get('precision_partly_used')?.evidence).toMatchObject({ share: 0.2 });
    expect(
      findings([conv('FP16', 'FP16', 99), conv('FP32', 'FP32', 1)], asked('FP32+FP16')).has('precision_partly_used'),
    ).toBe(false);
    const float = [conv('FP16', 'FP16', 8)];
    expect(findings(float, asked('FP32+FP16+INT8')).get('precision_partly_used')?.message).toContain(
      'INT8 was asked for',
    );
    // FP16 beside INT8 is a permission, not a wish.
    expect(findings([conv('INT8', 'INT8')], asked('FP32+FP16+INT8')).has('precision_partly_used')).toBe(false);
  });
  it('reformat_cost', () => {
    expect(
      findings([layer('Reformat', 'FP16', 'FP16', 2), conv('FP16', 'FP16', 8)]).get('reformat_cost')?.message,
    ).toContain('20.0 %');
    expect(findings([layer('Reformat', 'FP16', 'FP16', 0.5), conv('FP16', 'FP16', 9.5)]).has('reformat_cost')).toBe(
      false,
    );
  });
  it('dla_fallback', () => {
    const left = [
      { layer: 'a', reason: 'DLA cores do not support POW' },
      { layer: 'b', reason: 'DLA cores do not support POW' },
    ];
    expect(findings([conv('FP16', 'FP16')], log({ fallbacks: left, dla: ['{n}'] })).get('dla_fallback')).toMatchObject({
      severity: 'warning',
      layers: ['a', 'b'],
      evidence: { 'DLA cores do not support POW': 2 },
    });
    expect(findings([conv('FP16', 'FP16')], log({ fallbacks: left })).get('dla_fallback')?.severity).toBe('error');
    expect(findings([conv('FP16', 'FP16')], log({ dla: ['{n}'] })).has('dla_fallback')).toBe(false);
  });
  it('tiny_layers', () => {
    const tiny = (n: number) => Array.from({ length: n }, () => layer('PointWise', 'FP16', 'FP16', 0.004));
    expect(findings(tiny(25)).get('tiny_layers')?.evidence).toMatchObject({ layers: 25, share: 1 });
    expect(findings([...tiny(25), conv('FP16', 'FP16', 10)]).has('tiny_layers')).toBe(false);
    expect(findings(tiny(5)).has('tiny_layers')).toBe(false);
  });
  it('dominant_layer', () => {
    const rest = Array.from({ length: 9 }, () => conv('FP16', 'FP16', 1));
    expect(findings([...rest, conv('FP16', 'FP16', 9)]).get('dominant_layer')?.evidence).toMatchObject({ share: 0.5 });
    expect(findings([...rest, conv('FP16', 'FP16', 1)]).has('dominant_layer')).toBe(false);
    expect(findings([conv('FP16', 'FP16', 9)]).has('dominant_layer')).toBe(false);
  });
  it('slower_than_bound', () => {
    const big = t('x', 'FP16', [1, 64, 512, 512]);
    const bytes = 2 * (big.bytes ?? 0);
    const bound = (bytes / 204.8e9) * 1000;
    const pass = (factor: number) =>
      findings(
        [layer('Pooling', 'FP16', 'FP16', bound * factor, { inputs: [big], outputs: [{ ...big, name: 'y' }] })],
        log({ device: GPU }),
      );
    expect(pass(8).get('slower_than_bound')?.evidence).toMatchObject({ worst_factor: 8 });
    expect(pass(2).has('slower_than_bound')).toBe(false);
    expect(findings([layer('Pooling', 'FP16', 'FP16', 100)]).has('slower_than_bound')).toBe(false);
  });
});
