/** The backend of a model that names none: TensorRT where it and a GPU are, else ONNX Runtime. */
import { fail } from '../base/problem.js';
import type { BuildSpec } from '../formats/backends/index.js';
import type { Backend, ModelSource } from './backend.js';
import { onnxruntime } from './onnxruntime/index.js';

/** What the CPU runs is ONNX Runtime's; TensorRT is loaded only where it is asked for. */
async function choose(accelerator: string): Promise<Backend> {
  if (accelerator === 'cpu') return onnxruntime;
  const { tensorrt } = await import('./tensorrt/index.js');
  const { problem, accelerators } = await tensorrt.probe();
  return problem || accelerators.length === 0 ? onnxruntime : tensorrt;
}

/** The model as the chosen backend wants it. */
function forBackend(model: ModelSource, { id }: Backend): ModelSource {
  const { build } = model.spec;
  if (build.kind !== 'auto') return model;
  const chosen: BuildSpec =
    id === 'tensorrt'
      ? { kind: 'tensorrt', options: build.options.tensorrt }
      : { kind: 'onnxruntime', options: build.options.onnxruntime };
  return { ...model, spec: { ...model.spec, backend: id, build: chosen } };
}

/** Chooses by what the machine has; its engines are those of the backend that was chosen. */
export const auto: Backend = {
  id: 'auto',

  async probe() {
    return (await choose('auto')).probe();
  },

  async versions() {
    return { ...(await onnxruntime.versions?.()), ...(await (await choose('auto')).versions?.()) };
  },

  async identify(model, accelerator) {
    const backend = await choose(accelerator);
    return backend.identify(forBackend(model, backend), accelerator);
  },

  async build(model, options, onEvent, signal) {
    const backend = await choose(options.accelerator);
    return backend.build(forBackend(model, backend), options, onEvent, signal);
  },

  async open({ build }) {
    return fail('backend', `an engine of ${build.backend} is opened by that backend`);
  },
};
