/** Text output of trtexec, on real lines of several releases. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conv, explore, info } from '../../../test/layer-files.js';
import { readTrtexecLog, versionOf } from './trtexec-log.js';

describe('logs of trtexec', () => {
  it('reads versions', () => {
    expect(['8501', '8611', '9100', '100300', '101601', '110100'].map(versionOf)).toEqual([
      '8.5.1',
      '8.6.11',
      '9.1.0',
      '10.3.0',
      '10.16.1',
      '11.1.0',
    ]);
  });
  const log =
    readTrtexecLog(`&&&& RUNNING TensorRT.trtexec [TensorRT v8502] # trtexec --onnx=model_bn.onnx --int8 --useDLACore=0 --allowGPUFallback
[08/31/2023-07:07:40] [I] === Model Options ===
[08/31/2023-07:07:40] [I] Format: ONNX
[08/31/2023-07:07:40] [I] === Build Options ===
[08/31/2023-07:07:40] [I] Memory Pools: workspace: default, dlaSRAM: default, dlaLocalDRAM: default
[08/31/2023-07:07:40] [I] Precision: FP32+INT8
[08/31/2023-07:07:41] [I] === Device Information ===
[08/31/2023-07:07:41] [I] Selected Device: Orin
[08/31/2023-07:07:41] [I] Compute Capability: 8.7
[08/31/2023-07:07:41] [I] SMs: 16
[08/31/2023-07:07:41] [I] Compute Clock Rate: 1.3 GHz
[08/31/2023-07:07:41] [I] Memory Bus Width: 256 bits (ECC disabled)
[08/31/2023-07:07:41] [I] Memory Clock Rate: 1.3 GHz
[08/31/2023-07:07:49] [W] [TRT] /model.24/Pow: DLA cores do not support POW ElementWise operation.
[08/31/2023-07:07:49] [W] [TRT] Layer '/model.24/Pow' (ELEMENTWISE): Unsupported on DLA. Switching this layer's device type to GPU.
[08/31/2023-07:07:49] [W] [TRT] Layer '(Unnamed Layer* 277) [Shuffle]' (SHUFFLE): Unsupported on DLA. Switching this layer's device type to GPU.
[08/31/2023-07:07:49] [W] [TRT] Default DLA is enabled but layer Softmax in likelihood calculation is not supported on DLA, falling back to GPU.
[08/31/2023-07:07:49] [W] [TRT] DLA supports only 8 subgraphs per DLA core. Switching to GPU for layer conv_6
[08/31/2023-07:07:49] [I] [TRT] ---------- Layers Running on DLA ----------
[08/31/2023-07:07:49] [I] [TRT] [DlaLayer] {ForeignNode[/cnn/cnn.0/Conv.../cnn/cnn.11/Relu]}
[08/31/2023-07:07:49] [I] [TRT] [DlaLayer] {ForeignNode[/linear/Gemm]}
[08/31/2023-07:07:49] [I] [TRT] ---------- Layers Running on GPU ----------
[08/31/2023-07:07:49] [I] [TRT] [GpuLayer] POOLING: /pool/GlobalAveragePool
[08/31/2023-07:07:49] [I] [TRT] [GpuLayer] SHUFFLE: reshape_after_/linear/Gemm
[08/31/2023-07:07:53] [I] [TRT] Total Host Persistent Memory: 848
[08/31/2023-07:07:53] [I] [TRT] Total Device Persistent Memory: 1024
[08/31/2023-07:07:53] [I] [TRT] Total Scratch Memory: 4608
[08/31/2023-07:07:54] [I] Engine built in 12.5 sec.
[08/31/2023-07:07:55] [I] === Performance summary ===
[08/31/2023-07:07:55] [I] Throughput: 1663.19 qps
[08/31/2023-07:07:55] [I] Latency: min = 0.617432 ms, max = 0.829102 ms, mean = 0.634685 ms, median = 0.629639 ms, percentile(90%) = 0.657227 ms, percentile(95%) = 0.675781 ms, percentile(99%) = 0.689697 ms
[08/31/2023-07:07:55] [W] * GPU compute time is unstable, with coefficient of variance = 3.1%.
&&&& PASSED TensorRT.trtexec [TensorRT v8502] # trtexec
`);
  it('reads options, device, memory, build and performance', () => {
    expect(log).toMatchObject({ version: '8.5.2', passed: true, throughput_qps: 1663.19 });
    expect(log.options['Build Options']).toEqual({
      'Memory Pools': 'workspace: default, dlaSRAM: default, dlaLocalDRAM: default',
      Precision: 'FP32+INT8',
    });
    expect(log.device.SMs).toBe('16');
    expect(log.memory).toEqual({ host_persistent: 848, device_persistent: 1024, scratch: 4608 });
    expect(log.build.seconds).toBe(12.5);
    expect(log.performance.Latency).toMatchObject({ min: 0.617432, p90: 0.657227, p99: 0.689697 });
    expect(log.warnings).toContain('* GPU compute time is unstable, with coefficient of variance = 3.1%.');
  });
  it('asks the log of the build what was asked for, not the log of a run', () => {
    const build =
      '[I] TensorRT version: 8.6.1\n[I] === Build Options ===\n[I] Precision: FP32+FP16\n&&&& RUNNING TensorRT.trtexec # trtexec --onnx=a --fp16\n';
    const run =
      '[I] TensorRT version: 8.6.1\n[I] === Build Options ===\n[I] Precision: FP32\n&&&& RUNNING TensorRT.trtexec # trtexec --loadEngine=a\n';
    for (const logs of [
      [build, run],
      [run, build],
    ])
      expect(explore(info([conv('c', 'x', 'y')]), ...logs).summary.asked_precisions).toEqual(['FP32', 'FP16']);
  });
  it('says nothing of the bandwidth of a Jetson, whose clock is not that of its memory', () => {
    const device = (capability: string) =>
      explore(
        info([conv('c', 'x', 'y')]),
        `&&&& RUNNING TensorRT.trtexec # trtexec --onnx=a\n[I] === Device Information ===\n[I] Selected Device: Orin\n[I] Compute Capability: ${capability}\n[I] SMs: 16\n[I] Compute Clock Rate: 1.275 GHz\n[I] Memory Bus Width: 256 bits (ECC disabled)\n[I] Memory Clock Rate: 0.408 GHz\n`,
      ).device;
    expect(device('8.7')?.memory_bytes_per_s).toBeUndefined();
    expect(device('8.7')?.ops_per_s.FP16).toBeGreaterThan(0);
    expect(device('8.6')?.memory_bytes_per_s).toBeCloseTo(26.112e9, -6);
  });
  it('reads where layers run, and why some left the DLA', () => {
    expect(log.dla).toEqual(['{ForeignNode[/cnn/cnn.0/Conv.../cnn/cnn.11/Relu]}', '{ForeignNode[/linear/Gemm]}']);
    expect(log.gpu).toEqual(['/pool/GlobalAveragePool', 'reshape_after_/linear/Gemm']);
    expect(log.fallbacks.map((f) => [f.layer, f.reason.slice(0, 52)])).toEqual([
      ['/model.24/Pow', 'DLA cores do not support POW ElementWise operation.'],
      ['(Unnamed Layer* 277) [Shuffle]', 'TensorRT tells no reason; see the support matrix of '],
      ['Softmax in likelihood calculation', 'TensorRT tells no reason; see the support matrix of '],
      ['conv_6', 'DLA supports only 8 subgraphs per DLA core'],
    ]);
  });
  it('reads the older form, with lists', () => {
    const old = readTrtexecLog(`INFO: [TRT]:
INFO: [TRT]: --------------- Layers running on DLA:
INFO: [TRT]: {conv_1,batch_norm_1}, {conv_2},
INFO: [TRT]: --------------- Layers running on GPU:
INFO: [TRT]: conv1 + activation_1/Relu, block_1a_conv_2,
INFO: [TRT]: Detected 1 inputs and 2 output network tensors.`);
    expect(old.dla).toEqual(['{conv_1,batch_norm_1}', '{conv_2}']);
    expect(old.gpu).toEqual(['conv1 + activation_1/Relu', 'block_1a_conv_2']);
  });
  it('takes anything as a log without throwing', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 200 }),
        (text) => void readTrtexecLog(`&&&& RUNNING TensorRT.trtexec\n${text}`),
      ),
    );
  });
});
