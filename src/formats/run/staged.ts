/** Where in a run directory lies what the pipeline file names outside of it. */
import { buildWithFiles, filesOfBuild, isBackendPath } from '../backends/index.js';
import { type InputSpec, isPlan, type ModelSpec } from '../pipeline/types.js';

const folderOf = (model: string): string => `models/${model}`;

/** The staged ONNX file of a model; its external data lies beside it under the names that it uses. */
export const stagedFile = (model: string): string => `${folderOf(model)}/model.onnx`;
/** What is known of the staged file. */
export const stagedSummary = (model: string): string => `${folderOf(model)}/model.json`;
/** An engine that was given instead of a model: a folder, or a plan of TensorRT. @param given as the pipeline file names it */
export const stagedEngine = (model: string, given: string): string =>
  `${folderOf(model)}/engine${isPlan(given) ? '.plan' : ''}`;
/** Folder of a backend of the user's own, and the module in it that exports it. */
export const stagedBackendFolder = (model: string): string => `${folderOf(model)}/backend`;
/** The module that exports a staged backend. */
export const stagedBackend = (model: string): string => `./${stagedBackendFolder(model)}/index.js`;
/** Service times that a simulation takes from another run. */
export const STAGED_SERVICE_TIMES = 'inputs/service_times.json';

/** Names of inputs may hold anything, so their files are numbered. */
function stagedInput(model: string, index: number, input: InputSpec): InputSpec {
  if (input.data.kind !== 'file') return input;
  const ending = /\.[A-Za-z0-9]{1,8}$/.exec(input.data.path)?.[0] ?? '.raw';
  return { ...input, data: { kind: 'file', path: `${folderOf(model)}/inputs/${index}${ending}` } };
}

/** A library or the like that options of a build name. */
const stagedBuildFile = (model: string, index: number, path: string): string =>
  `${folderOf(model)}/build/${index}${/\.[A-Za-z0-9]{1,8}$/.exec(path)?.[0] ?? ''}`;

/** The model with every path as it is in a run directory, relative to that. */
export const stagedModel = (model: ModelSpec): ModelSpec => ({
  ...model,
  ...(model.file === undefined ? {} : { file: stagedFile(model.name) }),
  ...(model.engine === undefined ? {} : { engine: stagedEngine(model.name, model.engine) }),
  build: buildWithFiles(
    model.build,
    filesOfBuild(model.build).map((path, i) => stagedBuildFile(model.name, i, path)),
  ),
  backend: isBackendPath(model.backend) ? stagedBackend(model.name) : model.backend,
  inputs: Object.fromEntries(
    Object.entries(model.inputs).map(([name, input], i) => [name, stagedInput(model.name, i, input)]),
  ),
});
