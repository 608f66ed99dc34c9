/** An ONNX file on disk -> its summary, external data looked up and checked. */
import { realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { canonicalJson } from '../base/canonical-json.js';
import { fail, problemsOf } from '../base/problem.js';
import type { ByteSource } from '../base/protobuf/wire.js';
import type { ModelSummary } from '../formats/engine/model.js';
import { sha256File, sha256Text } from '../machine/files.js';
import { externalFiles } from '../onnx/read/external.js';
import { feedsOf, type Model } from '../onnx/read/graph.js';
import { looksLikeModel, readModel } from '../onnx/read/read.js';
import { summarize } from '../onnx/summary.js';
import { withFile } from './file-source.js';

/** A model and the files that it needs. */
export interface ReadOnnx {
  readonly model: Model;
  readonly bytes: number;
  readonly external: readonly { readonly path: string; readonly bytes: number }[];
}

/** @throws ProblemError `model` or `file` */
export function readOnnxFile(path: string): ReadOnnx {
  const { model, bytes } = withFile(path, (source) => {
    if (source.size === 0) return fail('model', `${path}: is empty`, 'export the model again');
    if (isLfsPointer(source))
      return fail(
        'model',
        `${path}: is a pointer of Git LFS, not the model itself`,
        'fetch the file: git lfs install && git lfs pull',
      );
    return { model: readModel(source), bytes: source.size };
  });
  return {
    model,
    bytes,
    external: [...externalFiles(model, path)].map(([location, least]) => checkExternal(path, location, least)),
  };
}

const LFS = 'version https://git-lfs.github.com/spec/';
const LFS_BYTES = 1024;

function isLfsPointer(source: ByteSource): boolean {
  if (source.size > LFS_BYTES) return false;
  return new TextDecoder('latin1').decode(source.read(0, Math.min(source.size, LFS.length))) === LFS;
}

/** Whether a file is one, by its first fields: the whole is read by whoever wants it. */
export function isOnnxFile(path: string): boolean {
  try {
    return withFile(path, (source) => source.size > 0 && looksLikeModel(source));
  } catch (error) {
    if (!problemsOf(error)) throw error;
    return false;
  }
}

/** Links must not lead out of the folder either: that of the model, or that of the file which the model is a link to. */
function checkExternal(path: string, location: string, least: number): { path: string; bytes: number } {
  const folder = realpathSync(dirname(path));
  const folders = [folder, dirname(realpathSync(path))];
  const file = join(folder, location);
  let real: string;
  let bytes: number;
  try {
    real = realpathSync(file);
    bytes = statSync(real).size;
  } catch {
    return fail('model', `${path}: its external data ${file} is missing`, 'copy it beside the model');
  }
  if (!folders.some((inside) => real.startsWith(inside + sep)))
    return fail(
      'model',
      `${path}: its external data ${location} leads to ${real}, out of the folder of the model`,
      'copy it beside the model',
    );
  if (bytes < least)
    return fail(
      'model',
      `${path}: its external data ${location} has ${bytes} bytes, expected at least ${least}`,
      'the file is cut short; copy it again',
    );
  return { path: location, bytes };
}

/** What a caller must feed. */
export const inputsOf = (model: Model): ModelSummary['inputs'] =>
  feedsOf(model.graph).map(({ name, dtype, shape }) => ({ name, dtype, ...(shape ? { shape: [...shape] } : {}) }));

/** The hash covers the model file and its external data. */
export async function hashModel(path: string, external: ReadOnnx['external']): Promise<string> {
  const main = await sha256File(path);
  const parts = external.map(
    async (e): Promise<[string, string]> => [e.path, await sha256File(join(dirname(path), e.path))],
  );
  return hashOfParts(main, await Promise.all(parts));
}

/** The hash of a model that was staged, as its files are now. */
export const hashStaged = (path: string, external: ModelSummary['external_data']): Promise<string> =>
  hashModel(path, external);

/** @param main SHA-256 of the model file @param parts path and SHA-256 of each file of external data */
export const hashOfParts = (main: string, parts: readonly (readonly [string, string])[]): string =>
  parts.length === 0 ? main : sha256Text(canonicalJson([main, parts]));

/** model.json of a file that was read. */
export function summarizeFile(
  path: string,
  read: ReadOnnx,
  facts: { name: string; sha256: string; shapes: Readonly<Record<string, readonly number[]>> },
): ModelSummary {
  return summarize(read.model, { ...facts, file: path, bytes: read.bytes, external: read.external });
}
