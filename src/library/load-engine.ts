/** An engine as a function: feed it, get its outputs. */

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Feeds, Session } from '../backends/backend.js';
import { loadBackend } from '../backends/registry.js';
import { suggest } from '../base/nearest.js';
import { fail, messageOf } from '../base/problem.js';
import { own } from '../base/search.js';
import { type EngineManifest, readEngineManifest } from '../formats/engine/engine.js';
import {
  arrayOf,
  elementCount,
  hasArray,
  type Tensor,
  type TensorData,
  type TensorSpec,
} from '../formats/tensor/tensor.js';

/** How an engine is opened. */
export interface LoadOptions {
  /** cpu | gpu | gpu:N | dla:N; the one it was built for by default. */
  readonly accelerator?: string;
  /** Threads of the session; 1 by default. */
  readonly threads?: number;
  /** The backend, where the engine was built by one that does not come with this package: path of its module. */
  readonly backend?: string;
}

/** An engine as a function. */
export interface Engine {
  readonly manifest: EngineManifest;
  /** Names, element types and shapes; a string in a shape is an open dimension. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /**
   * Runs once. A bare array takes the shape that the engine was built with; give { dtype, shape, data } for another.
   * The outputs are copies and stay as they are. @throws ProblemError naming input, expected and found
   */
  run(feeds: Readonly<Record<string, TensorData | Tensor>>): Promise<Record<string, Tensor>>;
  close(): void;
}

/** Opens the engine in a folder with an engine.json, such as runs/NAME/engines/MODEL. @throws ProblemError */
export async function loadEngine(folder: string, options: LoadOptions = {}): Promise<Engine> {
  const path = join(resolve(folder), 'engine.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return fail('file', `${folder} is no engine: ${messageOf(error)}`, 'name a folder such as runs/NAME/engines/MODEL');
  }
  const manifest = readEngineManifest(text, path);
  const backend = await loadBackend(options.backend ?? manifest.build.backend, process.cwd());
  const session = await backend.open(manifest, resolve(folder), {
    accelerator: options.accelerator ?? manifest.build.accelerator,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  const stamps = new Float64Array(3);
  return {
    manifest,
    inputs: session.inputs,
    outputs: session.outputs,
    async run(feeds) {
      session.bind(tensorsOf(session, manifest, feeds));
      session.infer(stamps, 0);
      return Object.fromEntries(Object.entries(session.results()).map(([name, tensor]) => [name, copyOf(tensor)]));
    },
    close: () => session.close(),
  };
}

const isTensor = (feed: TensorData | Tensor): feed is Tensor => !Array.isArray(feed) && 'data' in feed;

function tensorsOf(
  session: Session,
  manifest: EngineManifest,
  feeds: Readonly<Record<string, TensorData | Tensor>>,
): Feeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, feed]): [string, Tensor] => {
      if (isTensor(feed)) return [name, feed];
      const spec = session.inputs.find((t) => t.name === name);
      if (!spec)
        return fail(
          'task',
          `the model has no input "${name}"`,
          suggest(
            name,
            session.inputs.map((t) => t.name),
          ),
        );
      const fixed = spec.shape?.every((d) => typeof d === 'number') ? (spec.shape as readonly number[]) : undefined;
      const shape = fixed ?? own(manifest.build.shapes, name);
      if (!shape)
        return fail(
          'task',
          `input ${name}: the shape is not fixed`,
          `give { dtype: '${spec.dtype}', shape: [...], data }`,
        );
      return [name, { dtype: spec.dtype, shape, data: feed }];
    }),
  );
}

function copyOf({ dtype, shape, data }: Tensor): Tensor {
  if (Array.isArray(data) || !hasArray(dtype)) return { dtype, shape, data };
  const copy = arrayOf(dtype, elementCount(shape));
  (copy as Float32Array).set(data as Float32Array);
  return { dtype, shape, data: copy };
}
