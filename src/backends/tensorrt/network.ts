/** ONNX file -> network, or every reason why not. */
import { existsSync, readFileSync } from 'node:fs';
import { fail, type Problem, ProblemError } from '../../base/problem.js';
import type { Callback } from './callbacks.js';
import type { TrtLibrary } from './library.js';
import { objectOf, TrtObject } from './objects.js';
import { versionText } from './tables/index.js';

const P = 'void *';
/** Version of the parser's interface that its entry point is told. */
const PARSER_INTERFACE = 100;
const QUIET = 2;
/** Of `NetworkDefinitionCreationFlag`: shapes hold the batch, up to TensorRT 9; types are the model's own, from 10 on. */
const EXPLICIT_BATCH = 1;
const STRONGLY_TYPED = 2;

/** A network in the making, and what must live as long as it. */
export interface Network {
  readonly network: TrtObject;
  readonly parser: TrtObject;
  /** Types are those of the model; layers take no others. */
  readonly stronglyTyped: boolean;
}

/** The model that is read. */
export interface ModelFacts {
  readonly file: string;
  readonly name: string;
  /** How many nodes of each operator it has. */
  readonly operators: Readonly<Record<string, number>>;
}

/** Flags of a new network. @param typed whether types are to be those of the model */
export function networkFlags({ version }: TrtLibrary, typed: boolean): { flags: number; stronglyTyped: boolean } {
  if (version.major < 10) return { flags: EXPLICIT_BATCH, stronglyTyped: false };
  // From 11 on there are no others, and the flag has another place.
  if (version.major >= 11) return { flags: 0, stronglyTyped: true };
  return { flags: typed ? EXPLICIT_BATCH | STRONGLY_TYPED : EXPLICIT_BATCH, stronglyTyped: typed };
}

/** @throws ProblemError `build` with every operator that is not known, and what the parser says */
export function parseNetwork(
  library: TrtLibrary,
  builder: TrtObject,
  logger: Callback,
  request: ModelFacts & { readonly typed: boolean },
): Network {
  const parserLibrary = library.part('nvonnxparser');
  if (!parserLibrary)
    return fail(
      'backend',
      `libnvonnxparser.so.${library.version.major}, which reads ONNX files for TensorRT ${versionText(library.version)}, cannot be loaded: ${library.whyNot('nvonnxparser')}`,
      'JetPack: sudo apt install libnvonnxparsers10 (8: libnvonnxparsers8); PC: apt install libnvonnxparsers10, or put it beside libnvinfer',
    );
  if (!existsSync(request.file)) fail('file', `${request.file} does not exist`);
  const { flags, stronglyTyped } = networkFlags(library, request.typed);
  const network = builder.make('VNetworkDefinition', 'createNetworkV2', flags);
  const create = parserLibrary.func('createNvOnnxParser_INTERNAL', P, [P, P, 'int32_t']) as (
    network: bigint,
    logger: bigint,
    version: number,
  ) => bigint | null;
  const parser = objectOf(library, 'IParser', create(network.pointer, logger.pointer, PARSER_INTERFACE), 'ONNX parser');
  const unknown = unknownOperators(parser, Object.keys(request.operators));
  const parsed = parser.call('parseFromFile', request.file, QUIET);
  if (!parsed) throw new ProblemError(parserProblems(library, parser, request, unknown));
  return { network, parser, stronglyTyped };
}

/** The parser stops at the first node that it does not know; asking for each operator tells them all. */
const unknownOperators = (parser: TrtObject, operators: readonly string[]): string[] =>
  operators.filter((type) => !parser.call('supportsOperator', type));

function parserProblems(
  library: TrtLibrary,
  parser: TrtObject,
  { name, operators }: ModelFacts,
  unknown: readonly string[],
): Problem[] {
  const version = versionText(library.version);
  const lacking = unknown.map((type): Problem => {
    const nodes = operators[type] ?? 0;
    return {
      code: 'build',
      message: `${name} uses the operator ${type}${nodes > 1 ? ` (${nodes} nodes)` : ''}, which the ONNX parser of TensorRT ${version} does not know`,
      hint: 'use a newer TensorRT, a plugin that has it (build: { plugins: [lib.so] }), standard operators, or backend: onnxruntime',
    };
  });
  const count = parser.call('getNbErrors') as number;
  const errors = Array.from({ length: count }, (_, i) => parserError(library, parser, i, name));
  // An operator that is told above need not be told again; TensorRT 8 looks for a plugin of its name, and tells only that.
  const others = errors.filter(
    (e) => !unknown.some((type) => e.message.includes(type)) && !(unknown.length > 0 && NO_PLUGIN.test(e.message)),
  );
  const all = [...lacking, ...others];
  return all.length > 0
    ? all
    : [{ code: 'build', message: `the ONNX parser of TensorRT ${version} did not read ${name}, and did not say why` }];
}

const NO_PLUGIN = /plugin not found/i;

function parserError(library: TrtLibrary, parser: TrtObject, index: number, name: string): Problem {
  const error = new TrtObject(library, 'IParserError', parser.call('getError', index) as bigint);
  const text = String(error.call('desc') ?? '').trim();
  const node = error.call('node') as number;
  const named = error.has('nodeName');
  const place = named
    ? `${error.call('nodeName') || `node ${node}`} (${error.call('nodeOperator') || '?'})`
    : `node ${node}`;
  return {
    code: 'build',
    message: `TensorRT's ONNX parser at ${place} of ${name}: ${text}`,
    ...(/plugin/i.test(text) ? { hint: 'name the library of the operator: build: { plugins: [lib.so] }' } : {}),
  };
}

/** The bytes of a file that a build names. @throws ProblemError `file` */
export function readBytes(path: string, what: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    return fail('file', `${what}: ${path} cannot be read`);
  }
}
