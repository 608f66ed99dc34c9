/** The backends this program knows, loaded when they are first needed. */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suggest } from '../base/nearest.js';
import { fail, messageOf } from '../base/problem.js';
import type { Backend } from './backend.js';

const BACKENDS: Record<string, () => Promise<Backend>> = {
  onnxruntime: async () => (await import('./onnxruntime/index.js')).onnxruntime,
  tensorrt: async () => (await import('./tensorrt/index.js')).tensorrt,
  synthetic: async () => (await import('./synthetic/index.js')).synthetic,
};

/** Chooses among them on the device. */
const AUTO = async (): Promise<Backend> => (await import('./auto.js')).autoOf(BACKENDS);

/** Names that `loadBackend` knows. */
export const backendIds = (): string[] => Object.keys(BACKENDS);

/**
 * @param id name of a backend, or the path of a module whose default export is one
 * @param base folder that a path is relative to
 */
export async function loadBackend(id: string, base: string): Promise<Backend> {
  const known = id === 'auto' ? AUTO : BACKENDS[id];
  if (known) return known();
  if (!/^\.{0,2}\//.test(id)) return fail('backend', `unknown backend "${id}"`, suggest(id, backendIds()));
  const path = resolve(base, id);
  try {
    const module = (await import(pathToFileURL(path).href)) as { default?: Backend };
    if (typeof module.default?.open === 'function') return module.default;
  } catch (error) {
    return fail('backend', `backend ${path} cannot be loaded: ${messageOf(error)}`);
  }
  return fail('backend', `${path} exports no backend`, 'its default export needs id, probe, identify, build and open');
}
