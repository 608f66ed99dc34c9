/** Child process of a build: TensorRT builds here, or looks at a plan that was built elsewhere; a crash ends this process alone. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import koffi from 'koffi';
import { fail, type Problem, ProblemError, problemsOf } from '../../base/problem.js';
import type { EngineTrial, EngineVerification } from '../../formats/engine/engine.js';
import type { ModelSpec } from '../../formats/pipeline/types.js';
import type { TensorSpec } from '../../formats/tensor/tensor.js';
import { CANCEL } from '../../machine/child.js';
import { growNativeStack } from '../../machine/native-stack.js';
import type { LayerPlace } from '../backend.js';
import { makeFeeds } from '../make-feeds.js';
import { OrtSession } from '../onnxruntime/session.js';
import { compareOutputs } from '../verify.js';
import { BuildLog } from './build-log.js';
import { makeProgressMonitor } from './callbacks.js';
import { loadCuda } from './cuda.js';
import { type Place, placeOf } from './device.js';
import { dlaTable } from './dla.js';
import { mayStandFor } from './element-types.js';
import type { TrtEngine } from './engine.js';
import { explainBuild } from './explain.js';
import { initPlugins, loadPlugin, loadTensorRt, type TrtLibrary } from './library.js';
import { parseNetwork } from './network.js';
import { objectOf, TrtObject } from './objects.js';
import { loadPlan, openSession, PLAN_FILE, type SessionRequest, sidesAsSpecs } from './plan.js';
import { TrtSession } from './session.js';
import { type BuildPlan, configure, unsupported, wantsTypes } from './settings.js';
import { versionText } from './tables/index.js';
import { tryOut } from './trial.js';

/** What is written beside the plan: layers as TensorRT tells them. */
export const LAYER_INFO_FILE = 'layer-info.json';
/** Of the random inputs. */
const SEED = 1;

/** What the child is asked. */
export interface ChildRequest {
  readonly kind: 'build' | 'inspect' | 'dla';
  readonly name: string;
  /** ONNX file; absent for a plan that was built elsewhere. */
  readonly file?: string;
  /** How many nodes of each operator the model has. */
  readonly operators: Readonly<Record<string, number>>;
  /** Inputs and outputs as the model declares them. */
  readonly declared: { readonly inputs: readonly TensorSpec[]; readonly outputs: readonly TensorSpec[] };
  readonly into: string;
  readonly accelerator: string;
  readonly plan: BuildPlan;
  /** File that keeps what was timed. */
  readonly timingCache?: string;
  readonly inputs: ModelSpec['inputs'];
  readonly folder: string;
  readonly verify: boolean;
}

/** What an engine turned out to be. */
export interface EngineFacts {
  readonly inputs: readonly (TensorSpec & { readonly format: string })[];
  readonly outputs: readonly (TensorSpec & { readonly format: string })[];
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly profiles: BuildPlan['options']['profiles'];
  readonly contextBytes: number;
  readonly engineBytes: number;
  readonly ioBytes: number;
  readonly trial?: EngineTrial;
  readonly verification?: EngineVerification;
  readonly notes: readonly string[];
}

/** What the child found, or what went wrong. */
export type ChildAnswer =
  | { readonly facts: EngineFacts }
  /** It was built; most resident memory, bytes. */
  | { readonly peakMemory: number }
  | { readonly dla: readonly LayerPlace[] }
  | { readonly problems: readonly Problem[] };

growNativeStack();
let cancelled = false;
/** The pipe to the parent; written at once, so that the last words before a crash arrive. */
const PIPE = 2;
const log = new BuildLog((line) => {
  writeSync(PIPE, `${line}\n`);
});

async function answer(request: ChildRequest): Promise<ChildAnswer> {
  try {
    const place = placeOf(request.accelerator);
    loadCuda().use(place.device.index);
    if (request.kind === 'dla') return { dla: await withNetwork(request, dlaTable) };
    if (request.kind === 'inspect') return { facts: await look(request, place) };
    await build(request);
    return { peakMemory: process.resourceUsage().maxRSS * 1024 };
  } catch (error) {
    const problems = problemsOf(error);
    if (!problems) throw error;
    return { problems };
  }
}

/** Of a network in the making. */
interface Making {
  readonly library: TrtLibrary;
  readonly builder: TrtObject;
  readonly network: TrtObject;
  readonly config: TrtObject;
  readonly log: BuildLog;
}

async function withNetwork<T>(request: ChildRequest, use: (making: Making) => T | Promise<T>): Promise<T> {
  const library = loadTensorRt();
  const { plan, name, file = '', operators } = request;
  const problems = unsupported(library.version, plan);
  if (problems.length > 0) throw new ProblemError(problems);
  for (const plugin of plan.options.plugins) loadPlugin(plugin);
  library.loadBuilderResources();
  const logger = log.listen(library);
  initPlugins(library, logger.pointer);
  const builder = objectOf(library, 'VBuilder', library.createBuilder(logger.pointer, library.number), 'builder');
  if (plan.dlaCore !== undefined) checkDla(builder, plan.dlaCore);
  const { network, stronglyTyped } = parseNetwork(library, builder, logger, {
    file,
    name,
    operators,
    typed: wantsTypes(plan),
  });
  const { config } = configure(library, builder, network, stronglyTyped, plan);
  return use({ library, builder, network, config, log });
}

function checkDla(builder: TrtObject, core: number): void {
  const cores = builder.call('getNbDLACores') as number;
  if (core >= cores)
    fail(
      'build',
      `there is no DLA core ${core}; this device has ${cores === 0 ? 'none' : cores}`,
      'DLAs are on Jetson Xavier and Orin; use accelerator: gpu',
    );
}

function build(request: ChildRequest): Promise<void> {
  return withNetwork(request, async ({ library, builder, network, config }) => {
    const { timingCache, into, name } = request;
    const cache = timingCache === undefined ? undefined : useTimingCache(config, timingCache);
    const monitor = config.has('setProgressMonitor')
      ? makeProgressMonitor(
          library,
          log.progress(() => !cancelled),
        )
      : undefined;
    if (monitor) config.call('setProgressMonitor', monitor.pointer);
    const made = (await builder.callAsync('buildSerializedNetwork', network.pointer, config.pointer)) as bigint | null;
    if (cancelled) fail('interrupted', 'the build was cancelled');
    if (!made) {
      const [message, hint] = explainBuild(log.errors, name, versionText(library.version));
      return fail('build', message, hint);
    }
    const plan = new TrtObject(library, 'VHostMemory', made);
    writeFileSync(join(into, PLAN_FILE), bytesOf(plan));
    plan.delete();
    if (cache) saveTimingCache(library, config, cache);
  });
}

const bytesOf = (memory: TrtObject): Uint8Array =>
  new Uint8Array(koffi.view(memory.call('data') as bigint, Number(memory.call('size'))));

function useTimingCache(config: TrtObject, file: string): string {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const cache = config.make('VTimingCache', 'createTimingCache', bytes, bytes.length);
  // A cache of another device or version is left alone: the builder starts a new one.
  if (!config.call('setTimingCache', cache.pointer, false)) {
    const fresh = config.make('VTimingCache', 'createTimingCache', null, 0);
    config.call('setTimingCache', fresh.pointer, false);
  }
  return file;
}

/** Another build may do the same meanwhile: the file is whole at every moment, and the last one wins. */
function saveTimingCache(library: TrtLibrary, config: TrtObject, file: string): void {
  const pointer = config.call('getTimingCache') as bigint | null;
  if (!pointer) return;
  const text = new TrtObject(library, 'VTimingCache', pointer).make('VHostMemory', 'serialize');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, bytesOf(text));
  renameSync(`${file}.${process.pid}`, file);
  text.delete();
}

/** Opens the plan as it will be run, tries it, and compares what comes out with the model. */
async function look(request: ChildRequest, place: Place): Promise<EngineFacts> {
  const { into, name, plan, accelerator, inputs, folder } = request;
  const cuda = loadCuda();
  const base: SessionRequest = {
    name,
    key: into,
    plan: join(into, PLAN_FILE),
    plugins: plan.options.plugins,
    versionCompatible: plan.options.version_compatible,
    cudaGraph: 'auto',
    completeVia: 'spin',
    priority: 'normal',
  };
  const before = cuda.memory().free;
  const engine = await loadPlan(base, place);
  const engineBytes = Math.max(0, before - cuda.memory().free);
  let facts: Omit<EngineFacts, 'trial' | 'verification' | 'ioBytes'>;
  try {
    writeFileSync(join(into, LAYER_INFO_FILE), engine.inspect());
    facts = describe(engine, request, engineBytes);
  } finally {
    engine.close();
  }
  const feeds = makeFeeds(facts.inputs, inputs, facts.shapes, SEED, folder);
  const feedback = Object.entries(inputs).flatMap(([input, spec]) => (spec.feedback ? [[input, spec.feedback]] : []));
  const open = (cudaGraph: 'auto' | 'off'): Promise<TrtSession> =>
    openSession(
      { ...base, cudaGraph, inputs: facts.inputs, outputs: facts.outputs },
      accelerator,
      undefined,
      TrtSession,
    );
  const trial = await tryOut(open, feeds, Object.fromEntries(feedback));
  const verification = request.verify && request.file !== undefined ? await verify(request, facts, open) : undefined;
  return {
    ...facts,
    ioBytes: await ioBytes(open, feeds),
    trial,
    ...(verification ? { verification } : {}),
  };
}

async function ioBytes(
  open: (graph: 'off') => Promise<TrtSession>,
  feeds: ReturnType<typeof makeFeeds>,
): Promise<number> {
  const session = await open('off');
  session.bind(feeds);
  const bytes = session.deviceBytes;
  session.close();
  return bytes;
}

function describe(engine: TrtEngine, { declared, plan }: ChildRequest, engineBytes: number) {
  const formats = new Map(engine.sides.map((s) => [s.name, s.format]));
  const sides = (input: boolean): EngineFacts['inputs'] =>
    sidesAsSpecs(engine, input).map((side) => {
      const spec = (input ? declared.inputs : declared.outputs).find((d) => d.name === side.name);
      const dtype = spec && mayStandFor(spec.dtype, side.dtype) ? spec.dtype : side.dtype;
      return { ...side, dtype, format: formats.get(side.name) ?? 'chw' };
    });
  const inputs = sides(true);
  const profiles = Array.from({ length: engine.profiles }, (_, profile) =>
    Object.fromEntries(
      engine.sides
        .filter((s) => s.input && !s.onHost && s.shape.some((d) => d < 0))
        .map(({ name }) => [name, engine.profileShapes(name, profile)]),
    ),
  );
  const [first = {}] = profiles;
  const shapes = Object.fromEntries(
    inputs.map(({ name, shape = [] }) => [
      name,
      plan.shapes[name] ?? first[name]?.opt ?? shape.map((d) => (typeof d === 'number' ? d : 1)),
    ]),
  );
  return {
    inputs,
    outputs: sides(false),
    shapes,
    profiles: profiles.filter((p) => Object.keys(p).length > 0),
    contextBytes: engine.contextBytes,
    engineBytes,
    notes: strangeFormats(inputs),
  };
}

const strangeFormats = (tensors: readonly { readonly name: string; readonly format: string }[]): string[] =>
  tensors
    .filter(({ format }) => format !== 'chw')
    .map(({ name, format }) => `${name} is in format ${format}: values are handed over in the order of that format`);

/** The model as it stands in the file, by ONNX Runtime on the CPU; nothing where there is no ONNX Runtime. */
async function verify(
  { file = '', inputs, folder, plan, name }: ChildRequest,
  facts: Pick<EngineFacts, 'shapes' | 'inputs' | 'outputs'>,
  open: (graph: 'off') => Promise<TrtSession>,
): Promise<EngineVerification | undefined> {
  // In another order of values than the model's nothing can be compared.
  if ([...facts.inputs, ...facts.outputs].some((t) => t.format !== 'chw')) return undefined;
  const model = openModel(file, name);
  if (!model) return undefined;
  const session = await open('off');
  try {
    const feeds = makeFeeds(model.inputs, inputs, facts.shapes, SEED, folder);
    // What TensorRT folded away is no input of the engine.
    const wanted = Object.fromEntries(session.inputs.flatMap(({ name: n }) => (feeds[n] ? [[n, feeds[n]]] : [])));
    model.bind(feeds);
    model.infer();
    session.bind(wanted);
    session.infer(new Float64Array(8));
    return compareOutputs(model.results(), session.results(), {
      against: 'the model as it stands, by ONNX Runtime on the CPU',
      precision: plan.precision === 'as_is' ? 'tf32' : plan.precision,
    });
  } catch (error) {
    const [problem] = problemsOf(error) ?? [];
    if (!problem) throw error;
    log.say('warning', `the outputs were not compared with the model's: ${problem.message}`);
    return undefined;
  } finally {
    model.close();
    session.close();
  }
}

function openModel(file: string, name: string): OrtSession | undefined {
  try {
    return new OrtSession(file, {
      provider: 'cpu',
      providerOptions: {},
      level: 'disabled',
      threads: 1,
      freeDimensions: {},
      sessionConfig: {},
      customOps: [],
      logId: name,
    });
  } catch (error) {
    const [problem] = problemsOf(error) ?? [];
    if (!problem) throw error;
    log.say('warning', `the outputs were not compared with the model's: ${problem.message}`);
    return undefined;
  }
}

process.on('message', (message: ChildRequest | typeof CANCEL) => {
  if (message === CANCEL) {
    cancelled = true;
    return;
  }
  void answer(message).then((found) => process.send?.(found, () => process.exit(0)));
});
