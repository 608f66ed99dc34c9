/** An engine as a function: feed it, get its outputs. */

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CELLS, type Session } from '../backends/backend.js';
import { loadBackend } from '../backends/registry.js';
import { fail, messageOf, ProblemError, problemsOf } from '../base/problem.js';
import { type EngineManifest, readEngineManifest } from '../formats/engine/engine.js';
import { arrayOf, elementCount, hasArray, type Tensor, type TensorSpec } from '../formats/tensor/tensor.js';
import { type EngineOpening, openInThread } from './engine-thread.js';
import { type Feed, tensorsOf } from './tensors.js';

/** How an engine is opened. */
export interface LoadOptions {
  /** cpu | gpu | gpu:N | dla:N; the one it was built for by default. */
  readonly accelerator?: string;
  /** Threads of the session; 1 by default. */
  readonly threads?: number;
  /** The backend, where the engine was built by one that does not come with this package: path of its module. */
  readonly backend?: string;
  /** Run in a thread of its own, so that the program goes on meanwhile. By default a run blocks the thread that asks for it. */
  readonly worker?: boolean;
}

/** An engine as a function. */
export interface Engine {
  readonly manifest: EngineManifest;
  /** Names, element types and shapes; a string in a shape is an open dimension. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /**
   * Runs once; runs that are asked for at the same time take turns. Values are typed arrays of the input's element type,
   * plain lists, or { shape, data }, which an input with open dimensions may need. The outputs are copies and stay as they are.
   * @throws ProblemError naming input, expected and found
   */
  run(feeds: Readonly<Record<string, Feed>>): Promise<Record<string, Tensor>>;
  /** Frees the engine; a run after it is a ProblemError. */
  close(): void;
}

/** Opens the engine in a folder with an engine.json, such as runs/NAME/engines/MODEL. @throws ProblemError */
export async function loadEngine(folder: string, options: LoadOptions = {}): Promise<Engine> {
  if (typeof folder !== 'string') return fail('usage', `expected the folder of an engine, found ${typeof folder}`);
  const path = join(resolve(folder), 'engine.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return fail('file', `${folder} is no engine: ${messageOf(error)}`, 'name a folder such as runs/NAME/engines/MODEL');
  }
  const manifest = readEngineManifest(text, path);
  const opening: EngineOpening = {
    manifest,
    folder: resolve(folder),
    backend: options.backend ?? manifest.build.backend,
    accelerator: options.accelerator ?? manifest.build.accelerator,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  };
  const opened = options.worker ? await openInThread(opening) : await openHere(opening);
  return guarded(manifest, opened);
}

/** An engine that is open somewhere. */
export interface OpenEngine {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  run(tensors: Record<string, Tensor>): Promise<Record<string, Tensor>>;
  close(): void;
}

/** Checks what is given before it reaches native code, and lets nothing through once the engine is closed. */
function guarded(manifest: EngineManifest, opened: OpenEngine): Engine {
  let closed = false;
  let turn: Promise<unknown> = Promise.resolve();
  const alive = (): void => {
    if (closed)
      fail('usage', `the engine of ${manifest.model.name} is closed`, 'run it before close(), or load it again');
  };
  return {
    manifest,
    inputs: opened.inputs,
    outputs: opened.outputs,
    async run(feeds) {
      alive();
      const tensors = tensorsOf(opened.inputs, manifest, feeds);
      const mine = turn.then(() => {
        alive();
        return opened.run(tensors);
      });
      turn = mine.catch(() => undefined);
      return mine;
    },
    close() {
      if (closed) return;
      closed = true;
      opened.close();
    },
  };
}

/** Opens it in the calling thread. @throws ProblemError */
export async function openHere({
  manifest,
  folder,
  backend,
  accelerator,
  threads,
}: EngineOpening): Promise<OpenEngine> {
  const loaded = await loadBackend(backend, process.cwd());
  const session = await loaded.open(manifest, folder, {
    accelerator,
    ...(threads === undefined ? {} : { threads }),
  });
  return {
    inputs: session.inputs,
    outputs: session.outputs,
    run: async (tensors) => runOnce(session, tensors),
    close: () => session.close(),
  };
}

function runOnce(session: Session, tensors: Record<string, Tensor>): Record<string, Tensor> {
  try {
    session.bind(tensors);
    session.infer(new Float64Array(CELLS).fill(Number.NaN), 0);
    return Object.fromEntries(Object.entries(session.results()).map(([name, tensor]) => [name, copyOf(tensor)]));
  } catch (error) {
    // What a backend throws is about this run, whatever it is.
    if (problemsOf(error)) throw error;
    throw new ProblemError({ code: 'task', message: `the run failed: ${messageOf(error)}`, cause: error });
  }
}

function copyOf({ dtype, shape, data }: Tensor): Tensor {
  if (Array.isArray(data) || !hasArray(dtype)) return { dtype, shape, data };
  const copy = arrayOf(dtype, elementCount(shape));
  (copy as Float32Array).set(data as Float32Array);
  return { dtype, shape, data: copy };
}
