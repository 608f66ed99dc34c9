/** ONNX Runtime as a backend. */
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problemsOf } from '../../base/problem.js';
import { parseJson } from '../../explorer/json.js';
import { readOnnxRuntimeProfile } from '../../explorer/readers/onnxruntime-profile.js';
import type { EngineManifest } from '../../formats/engine/engine.js';
import type { LayerTable } from '../../formats/engine/layer-table.js';
import type { Placement } from '../../formats/pipeline/types.js';
import { withLock } from '../../machine/lock.js';
import { memoryPrefixOf } from '../../machine/mapped-memory.js';
import { checkTarget, localTarget } from '../../machine/target.js';
import type { Backend, BackendStatus, Feeds, OpenContext, Session } from '../backend.js';
import { findLibrary, loadLibrary, readCString } from './library.js';
import type { SessionSettings } from './options.js';
import { ENGINE_FILE, identifyEngine, offeredProviders, sessionSettings } from './plan.js';
import { OrtSession } from './session.js';

const LAYER_WARMUP = 3;

/** Sessions of these providers share one device context that two threads must not enter at once: ONNX Runtime crashes. */
const ONE_THREAD = ['webgpu'];
const TURNS =
  'tasks on webgpu take turns: the provider allows one thread at a time; waiting for the turn is part of the service time';

/** A session that can also time its layers, in a second session of its own. */
class EngineSession extends OrtSession {
  readonly #path: string;
  readonly #settings: SessionSettings;
  readonly #lock: Int32Array | undefined;
  readonly notes: readonly string[];
  #feeds: Feeds = {};
  #feedback: Readonly<Record<string, string>> = {};

  constructor(path: string, settings: SessionSettings, lock: Int32Array | undefined) {
    super(path, settings);
    this.#path = path;
    this.#settings = settings;
    this.#lock = lock;
    this.notes = lock ? [TURNS] : [];
  }

  override infer(): void {
    if (this.#lock) withLock(this.#lock, () => super.infer());
    else super.infer();
  }

  override close(): void {
    withLock(this.#lock, () => super.close());
  }

  override bind(feeds: Feeds, feedback: Readonly<Record<string, string>> = {}): void {
    super.bind(feeds, feedback);
    this.#feeds = feeds;
    this.#feedback = feedback;
  }

  layers(runs: number): LayerTable {
    const profilePrefix = join(tmpdir(), `${memoryPrefixOf(process.pid)}${Date.now().toString(36)}`);
    const profiled = new OrtSession(this.#path, { ...this.#settings, profilePrefix });
    let file = '';
    try {
      profiled.bind(this.#feeds, this.#feedback);
      for (let i = 0; i < runs + LAYER_WARMUP; i++) profiled.infer();
      file = profiled.endProfiling(readCString);
      return readOnnxRuntimeProfile(parseJson(readFileSync(file, 'utf8'), file).data, file, LAYER_WARMUP);
    } finally {
      profiled.close();
      if (file) rmSync(file, { force: true });
    }
  }
}

/** ONNX Runtime through its C interface. */
export const onnxruntime: Backend = {
  id: 'onnxruntime',

  async probe(): Promise<BackendStatus> {
    const found = findLibrary();
    if ('problem' in found) return { id: 'onnxruntime', accelerators: [], problem: found.problem };
    try {
      const { version, path } = loadLibrary();
      const accelerators = offeredProviders().map(({ provider, missing }) => ({
        name: provider === 'cpu' ? 'cpu' : 'gpu',
        provider,
        ...(missing ? { note: `needs ${missing} beside the library: set ORT_DYLIB_PATH to a build that has it` } : {}),
        ...(provider === 'webgpu'
          ? { note: 'needs a GPU driver and a Vulkan loader; whether they work shows when an engine is built' }
          : {}),
      }));
      return { id: 'onnxruntime', version, location: path, accelerators };
    } catch (error) {
      const [problem] = problemsOf(error) ?? [];
      if (!problem) throw error;
      return { id: 'onnxruntime', location: found.path, accelerators: [], problem };
    }
  },

  async versions() {
    return { onnxruntime: loadLibrary().version };
  },

  async identify(model, accelerator) {
    return identifyEngine(model, accelerator);
  },

  /** Loaded when it is needed: a task thread opens sessions only. */
  async build(...parameters) {
    return (await import('./build.js')).buildEngine(...parameters);
  },

  async open(engine: EngineManifest, from: string, placement: Placement, context?: OpenContext): Promise<Session> {
    checkTarget(engine, localTarget({ onnxruntime: loadLibrary().version }));
    const settings = sessionSettings(engine, placement.threads ?? 1, from);
    const turns = ONE_THREAD.includes(settings.provider)
      ? await context?.shared(`turns/${settings.provider}`, 4)
      : undefined;
    const lock = turns && new Int32Array(turns);
    return withLock(lock, () => new EngineSession(join(from, ENGINE_FILE), settings, lock));
  },
};
