/** Session options: threads, graph level, free dimensions, execution provider. */
import { fail } from '../../base/problem.js';
import type { GraphLevel } from '../../formats/backends/onnxruntime.js';

import { cStrings, type OrtLibrary, registerOperators } from './library.js';

const GRAPH_LEVELS: Readonly<Record<GraphLevel, number>> = { disabled: 0, basic: 1, extended: 2, all: 99 };

/** Names as ONNX Runtime lists them -> names in a pipeline file. */
const PROVIDERS: Record<string, string> = {
  CPUExecutionProvider: 'cpu',
  CUDAExecutionProvider: 'cuda',
  TensorrtExecutionProvider: 'tensorrt',
  WebGpuExecutionProvider: 'webgpu',
  CoreMLExecutionProvider: 'coreml',
  OpenVINOExecutionProvider: 'openvino',
  XnnpackExecutionProvider: 'xnnpack',
  QNNExecutionProvider: 'qnn',
};
/** Names that the generic append call wants. */
const APPEND_NAMES: Record<string, string> = {
  webgpu: 'WebGPU',
  coreml: 'CoreML',
  openvino: 'OpenVINO',
  xnnpack: 'XNNPACK',
  qnn: 'QNN',
};

/** Everything that is told to a session. */
export interface SessionSettings {
  readonly provider: string;
  readonly providerOptions: Readonly<Record<string, string>>;
  readonly level: GraphLevel;
  readonly threads: number;
  readonly freeDimensions: Readonly<Record<string, number>>;
  readonly sessionConfig: Readonly<Record<string, string>>;
  /** Libraries of operators, absolute paths. */
  readonly customOps: readonly string[];
  /** Where to save the optimised model. */
  readonly optimizedPath?: string;
  readonly profilePrefix?: string;
  readonly logId: string;
}

/** Providers that this library was built with, which says nothing about the hardware. */
export function listProviders(
  ort: OrtLibrary,
  read: (pointer: bigint) => string,
  decode: (list: bigint, count: number) => bigint[],
): string[] {
  const list = new BigUint64Array(new ArrayBuffer(8));
  const count = new Int32Array(new ArrayBuffer(4));
  ort.check(ort.api.GetAvailableProviders(list, count), 'backend', 'list its execution providers');
  const names = decode(list[0], count[0]).map(read);
  ort.api.ReleaseAvailableProviders(list[0], count[0]);
  return names.map((name) => PROVIDERS[name] ?? name);
}

/**
 * The provider of an accelerator, in order of preference, with the options that choose the device.
 * `gpu` takes CUDA before WebGPU; a DLA is reached through TensorRT alone.
 */
export function providerFor(
  accelerator: string,
  available: readonly string[],
  named: string | undefined,
): { provider: string; options: Record<string, string> } {
  const [kind, index = '0'] = accelerator.split(':');
  if (named !== undefined) {
    const options: Record<string, string> =
      kind === 'gpu' && (named === 'cuda' || named === 'tensorrt') ? { device_id: index } : {};
    return { provider: named, options };
  }
  if (kind === 'dla')
    return { provider: 'tensorrt', options: { trt_dla_enable: '1', trt_dla_core: index, trt_fp16_enable: '1' } };
  if (kind === 'gpu') {
    const provider = ['cuda', 'webgpu', 'coreml'].find((p) => available.includes(p));
    if (!provider) {
      return fail(
        'backend',
        `this ONNX Runtime has no provider for accelerator ${accelerator}; it offers ${available.join(', ')}`,
        'set ORT_DYLIB_PATH to a build with CUDA, TensorRT or WebGPU',
      );
    }
    return { provider, options: provider === 'cuda' ? { device_id: index } : {} };
  }
  if (kind === 'auto' && available.includes('cuda')) return { provider: 'cuda', options: { device_id: '0' } };
  return { provider: 'cpu', options: {} };
}

/** @returns a pointer to OrtSessionOptions; release it after the session is made */
export function createOptions(ort: OrtLibrary, settings: SessionSettings): bigint {
  const out = new BigUint64Array(new ArrayBuffer(8));
  const { api, check } = ort;
  check(api.CreateSessionOptions(out), 'backend', 'make session options');
  const options = out[0];
  check(api.SetIntraOpNumThreads(options, settings.threads), 'backend', 'set the number of threads');
  check(api.SetInterOpNumThreads(options, 1), 'backend', 'set the number of threads');
  check(api.SetSessionGraphOptimizationLevel(options, GRAPH_LEVELS[settings.level]), 'backend', 'set the graph level');
  check(api.SetSessionLogId(options, settings.logId), 'backend', 'set the log id');
  for (const [name, value] of Object.entries(settings.freeDimensions)) {
    check(api.AddFreeDimensionOverrideByName(options, name, value), 'build', `fix dimension ${name}`);
  }
  for (const [key, value] of Object.entries(settings.sessionConfig)) {
    check(api.AddSessionConfigEntry(options, key, value), 'build', `set ${key}`);
  }
  for (const path of settings.customOps) registerOperators(ort, options, path);
  if (settings.optimizedPath)
    check(api.SetOptimizedModelFilePath(options, settings.optimizedPath), 'build', 'save the optimised model');
  if (settings.profilePrefix) check(api.EnableProfiling(options, settings.profilePrefix), 'run', 'profile');
  appendProvider(ort, options, settings);
  return options;
}

function appendProvider(ort: OrtLibrary, options: bigint, { provider, providerOptions }: SessionSettings): void {
  if (provider === 'cpu') return;
  const { api, check, free } = ort;
  const keys = cStrings(Object.keys(providerOptions));
  const values = cStrings(Object.values(providerOptions));
  const count = Object.keys(providerOptions).length;
  const out = new BigUint64Array(new ArrayBuffer(8));
  const doing = `use execution provider ${provider}`;
  if (provider === 'cuda' || provider === 'tensorrt') {
    const cuda = provider === 'cuda';
    check(cuda ? api.CreateCudaOptions(out) : api.CreateTensorRtOptions(out), 'backend', doing);
    const made = out[0];
    try {
      check(
        cuda
          ? api.UpdateCudaOptions(made, keys.pointers, values.pointers, count)
          : api.UpdateTensorRtOptions(made, keys.pointers, values.pointers, count),
        'backend',
        doing,
      );
      check(cuda ? api.AppendCuda(options, made) : api.AppendTensorRt(options, made), 'backend', doing);
    } finally {
      if (cuda) free.ReleaseCudaOptions(made);
      else free.ReleaseTensorRtOptions(made);
    }
    return;
  }
  const name = APPEND_NAMES[provider] ?? provider;
  check(api.AppendProvider(options, name, keys.pointers, values.pointers, count), 'backend', doing);
}
