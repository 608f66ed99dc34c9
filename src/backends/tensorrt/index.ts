/** TensorRT as a backend. */
import { problemsOf } from '../../base/problem.js';
import type { EngineManifest } from '../../formats/engine/engine.js';
import type { Placement } from '../../formats/pipeline/types.js';
import { checkTarget, driverVersions } from '../../machine/target.js';
import type { Backend, BackendStatus, OpenContext, Session } from '../backend.js';
import { loadCuda } from './cuda.js';
import { placeOf, targetOf } from './device.js';
import { LayeredSession } from './layers.js';
import { loadTensorRt } from './library.js';
import { identifyEngine, openSession, requestOf } from './plan.js';
import { versionText } from './tables/index.js';

const GIB = 2 ** 30;

/** TensorRT, driven through its library. */
export const tensorrt: Backend = {
  id: 'tensorrt',

  async probe(): Promise<BackendStatus> {
    let found: Pick<BackendStatus, 'version' | 'location'> = {};
    try {
      const { version, path } = loadTensorRt();
      found = { version: versionText(version), location: path };
      const cuda = loadCuda();
      const accelerators = cuda.devices().map((d) => ({
        name: `gpu:${d.index}`,
        provider: d.name,
        note: `compute capability ${d.computeCapability}, ${d.multiprocessors} multiprocessors, ${(d.memoryBytes / GIB).toFixed(1)} GiB${d.integrated ? ', shared with the CPU' : ''}`,
      }));
      return { id: 'tensorrt', ...found, accelerators };
    } catch (error) {
      const [problem] = problemsOf(error) ?? [];
      if (!problem) throw error;
      return { id: 'tensorrt', ...found, accelerators: [], problem };
    }
  },

  async parts() {
    const { partsOf } = await import('./inventory.js');
    return partsOf(loadTensorRt());
  },

  async versions() {
    return { tensorrt: versionText(loadTensorRt().version), ...driverVersions() };
  },

  async identify(model, accelerator) {
    return identifyEngine(model, accelerator);
  },

  /** Loaded when it is needed: a task thread opens sessions only. */
  async build(model, options, onEvent, signal) {
    return (await import('./build.js')).buildEngine(model, options, onEvent, signal);
  },

  async placement(model, accelerator, signal) {
    return (await import('./build.js')).askDla(model, accelerator, signal);
  },

  async describe(model, options, plan, onEvent, signal) {
    return (await import('./build.js')).describePlan(model, options, plan, onEvent, signal);
  },

  async open(engine: EngineManifest, from: string, placement: Placement, context?: OpenContext): Promise<Session> {
    const accelerator = ['auto', 'gpu'].includes(placement.accelerator)
      ? engine.build.accelerator
      : placement.accelerator;
    checkTarget(engine, targetOf(placeOf(accelerator)));
    return openSession(requestOf(engine, from, context), accelerator, context?.shared, LayeredSession);
  },
};
