/** The pipeline file that a command names. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail, messageOf } from '../base/problem.js';
import { readChange, withValues } from '../formats/pipeline/with-values.js';

/** @param set `detector.rate=20 Hz`: values that stand instead of those of the file @throws ProblemError `config`, `usage` */
export function readPipeline(file: string, set: readonly string[] = []): string {
  const text = textOf(file);
  return set.length > 0 ? withValues(text, set.map(readChange)) : text;
}

function textOf(file: string): string {
  if (/\.(onnx|ort)$/i.test(file))
    return fail(
      'config',
      `${file} is a model, not a pipeline file`,
      `infersight init ${file} writes a pipeline.yaml for it; then infersight run`,
    );
  if (isFolder(file)) return fail('config', `${file} is a folder, not a pipeline file`, insteadOf(file));
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return fail(
      'config',
      `${file} cannot be read: ${messageOf(error)}`,
      'infersight init writes a pipeline.yaml; or name another file',
    );
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

function insteadOf(folder: string): string {
  if (existsSync(join(folder, 'run.json')))
    return `it is a run: infersight run --resume ${folder} goes on with it, infersight report ${folder} reports it`;
  const inside = join(folder, 'pipeline.yaml');
  return existsSync(inside) ? `name the file in it: infersight run ${inside}` : 'name a pipeline.yaml';
}
