/** Building an engine: through the library in a child process, or by trtexec; then the plan is opened and tried in another child. */
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail, ProblemError } from '../../base/problem.js';
import { round } from '../../base/units.js';
import type { TensorrtBuild } from '../../formats/backends/tensorrt.js';
import { tensorrt as card } from '../../formats/backends/tensorrt.js';
import { ENGINE_VERSION, type EngineManifest } from '../../formats/engine/engine.js';
import { askChild } from '../../machine/child.js';
import { sha256File, sha256Text, writeAtomic } from '../../machine/files.js';
import type { BuildEvent, BuildOptions, EngineIdentity, LayerPlace, ModelSource } from '../backend.js';
import type { ChildAnswer, ChildRequest, EngineFacts } from './build-child.js';
import { readProgress } from './build-log.js';
import { placeOf } from './device.js';
import { identifyEngine, optionsOf, PLAN_FILE } from './plan.js';
import { runTrtexec } from './run-trtexec.js';

/** A build that was asked to end has this long to do so, ms. */
const GRACE_MS = 5000;
const LOOK_LIMIT_MS = 300_000;
const CHILD = new URL('./build-child.js', import.meta.url);
const LISTED_WARNINGS = 50;

type OnEvent = (event: BuildEvent) => void;

/** Builds, tries and describes an engine. @throws ProblemError `build` */
export async function buildEngine(
  model: ModelSource,
  options: BuildOptions,
  onEvent: OnEvent,
  signal: AbortSignal,
): Promise<EngineManifest> {
  const { file } = model;
  if (!file) return fail('build', `model ${model.spec.name} has no ONNX file to build from`);
  const { into } = options;
  await mkdir(into, { recursive: true });
  const identity = identifyEngine(model, options.accelerator);
  const asked = optionsOf(model);
  const build = await ownFiles(asked, into);
  const request = requestOf(model, options, { build, file, identity });
  const log = new Log(onEvent, join(into, 'build.log'));
  const begin = performance.now();
  let peakMemory: number | undefined;
  try {
    if (build.via === 'trtexec') await byTrtexec(request, signal, log);
    else {
      const answer = await ask(request, signal, log, asked.time_limit_s * 1000);
      peakMemory = 'peakMemory' in answer ? answer.peakMemory : undefined;
    }
    const seconds = (performance.now() - begin) / 1000;
    onEvent({ kind: 'step', text: 'trying the engine' });
    const facts = await look(request, signal, log);
    return await writeManifest(model, options, { identity, build, facts, seconds, peakMemory, log });
  } finally {
    await log.write();
  }
}

/** A plan that was built elsewhere: opened, tried and described. @throws ProblemError in TensorRT's words */
export async function describePlan(
  model: ModelSource,
  options: BuildOptions,
  plan: string,
  onEvent: OnEvent,
  signal: AbortSignal,
): Promise<EngineManifest> {
  const { into, accelerator } = options;
  await mkdir(into, { recursive: true });
  await copyFile(plan, join(into, PLAN_FILE), constants.COPYFILE_FICLONE);
  const build = await ownFiles(optionsOf(model), into);
  const target = identifyEngine(model, accelerator);
  const identity = { ...target, key: sha256Text(`${await sha256File(plan)} ${target.key}`) };
  const request = requestOf(model, options, { build, identity });
  const log = new Log(onEvent, join(into, 'build.log'));
  try {
    const facts = await look(request, signal, log);
    return await writeManifest(model, options, { identity, build, facts, seconds: 0, peakMemory: undefined, log });
  } finally {
    await log.write();
  }
}

/** Layer by layer, what a DLA can run. @throws ProblemError */
export async function askDla(
  model: ModelSource,
  accelerator: string,
  signal: AbortSignal,
): Promise<readonly LayerPlace[]> {
  const { file } = model;
  if (!file) return fail('usage', `model ${model.spec.name} has no ONNX file`);
  const request = requestOf(model, { into: '', accelerator }, { build: optionsOf(model), file });
  const answer = await ask({ ...request, kind: 'dla' }, signal, new Log(() => undefined, ''), LOOK_LIMIT_MS);
  return 'dla' in answer ? answer.dla : [];
}

/** Plugins and caches lie beside the plan, so that the engine stands alone. */
async function ownFiles(options: TensorrtBuild, into: string): Promise<TensorrtBuild> {
  const names = options.plugins.map((_, i) => `plugin.${i}.so`);
  for (const [i, name] of names.entries())
    await copyFile(options.plugins[i] ?? '', join(into, name), constants.COPYFILE_FICLONE);
  return { ...options, plugins: names.map((name) => join(into, name)) };
}

function requestOf(
  { spec, summary, shapes, folder }: ModelSource,
  { into, accelerator }: BuildOptions,
  { build, file, identity }: { build: TensorrtBuild; file?: string; identity?: EngineIdentity },
): ChildRequest {
  const { dlaCore } = placeOf(accelerator);
  return {
    kind: 'build',
    name: spec.name,
    ...(file === undefined ? {} : { file }),
    operators: summary?.operators ?? {},
    declared: { inputs: summary?.inputs ?? [], outputs: summary?.outputs ?? [] },
    into,
    accelerator,
    plan: { options: build, precision: spec.precision, shapes, ...(dlaCore === undefined ? {} : { dlaCore }) },
    ...(build.timing_cache && identity ? { timingCache: timingCacheOf(identity) } : {}),
    inputs: spec.inputs,
    folder,
    verify: build.verify,
  };
}

/** One per device and version: what was timed elsewhere says nothing. */
function timingCacheOf({ target }: EngineIdentity): string {
  const { gpu = 'gpu', compute_capability = '', tensorrt = '' } = target as Readonly<Record<string, string>>;
  const name = `${gpu}-${compute_capability}-${tensorrt}`.replaceAll(/[^\w.-]+/g, '_');
  const base = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return join(base, 'infersight', 'timing', `${name}.cache`);
}

/** Lines of the build, kept and told. */
class Log {
  readonly warnings = new Set<string>();
  readonly #onEvent: OnEvent;
  readonly #path: string;
  readonly #lines: string[] = [];
  readonly #begin = performance.now();

  constructor(onEvent: OnEvent, path: string) {
    this.#onEvent = onEvent;
    this.#path = path;
  }

  line(line: string): void {
    const progress = readProgress(line);
    if (progress) {
      const seconds = Math.round((performance.now() - this.#begin) / 1000);
      this.#onEvent({ kind: 'step', text: `${progress.phase}: ${progress.step} of ${progress.steps}, ${seconds} s` });
      return;
    }
    this.#lines.push(line);
    const parsed = card.logLine?.(line);
    if (parsed?.severity === 'warning' && this.warnings.size < LISTED_WARNINGS) this.warnings.add(parsed.text);
    if (parsed?.severity === 'error') this.#onEvent({ kind: 'log', severity: 'error', text: parsed.text });
  }

  async write(): Promise<void> {
    if (this.#path !== '') await writeAtomic(this.#path, this.#lines.map((line) => `${line}\n`).join(''));
  }
}

async function ask(request: ChildRequest, signal: AbortSignal, log: Log, limitMs: number): Promise<ChildAnswer> {
  const result = await askChild<ChildAnswer>(
    CHILD,
    { ...request, accelerator: inChild(request.accelerator) },
    {
      signal,
      onLine: (line) => log.line(line),
      limitMs,
      graceMs: GRACE_MS,
      env: onlyDevice(placeOf(request.accelerator).device.index),
    },
  );
  if ('end' in result)
    return fail(
      'build',
      `building ${request.name} ended the build process (${result.end.how}): ${result.end.lastWords}`,
      'this is a crash inside TensorRT or a plugin, or too little memory; build.log beside the engine has the whole log',
    );
  if ('problems' in result.answer) throw new ProblemError(result.answer.problems);
  return result.answer;
}

/** TensorRT builds in threads of its own, which take the first GPU that they see: the child sees the one that it is to use. */
function onlyDevice(index: number): Record<string, string> {
  const visible = process.env.CUDA_VISIBLE_DEVICES?.split(',');
  return index === 0 && visible === undefined ? {} : { CUDA_VISIBLE_DEVICES: visible?.[index] ?? String(index) };
}

/** As the child sees it. */
const inChild = (accelerator: string): string => (accelerator.startsWith('dla') ? accelerator : 'gpu:0');

async function look(request: ChildRequest, signal: AbortSignal, log: Log): Promise<EngineFacts> {
  const answer = await ask({ ...request, kind: 'inspect' }, signal, log, LOOK_LIMIT_MS);
  return 'facts' in answer ? answer.facts : fail('build', `${request.name} was not looked at`);
}

function byTrtexec(
  { file = '', into, plan, timingCache, name, accelerator, declared }: ChildRequest,
  signal: AbortSignal,
  log: Log,
): Promise<void> {
  const open = declared.inputs.filter((i) => i.shape?.some((d) => typeof d === 'string'));
  const shapes = Object.fromEntries(open.flatMap(({ name: n }) => (plan.shapes[n] ? [[n, plan.shapes[n]]] : [])));
  return runTrtexec(
    {
      onnx: file,
      plan: join(into, PLAN_FILE),
      precision: plan.precision,
      options: plan.options,
      shapes,
      device: placeOf(accelerator).device.index,
      ...(plan.dlaCore === undefined ? {} : { dlaCore: plan.dlaCore }),
      ...(timingCache === undefined ? {} : { timingCache }),
    },
    name,
    { signal, onLine: (line) => log.line(line), limitMs: plan.options.time_limit_s * 1000 },
  );
}

interface Built {
  readonly identity: EngineIdentity;
  readonly build: TensorrtBuild;
  readonly facts: EngineFacts;
  readonly seconds: number;
  readonly peakMemory: number | undefined;
  readonly log: Log;
}

async function writeManifest(
  { spec, summary }: ModelSource,
  { into, accelerator }: BuildOptions,
  built: Built,
): Promise<EngineManifest> {
  const { identity, build, facts } = built;
  const plugins = build.plugins.map((_, i) => `plugin.${i}.so`);
  const names = (await readdir(into)).filter((name) => name === PLAN_FILE || plugins.includes(name)).sort();
  const files = await Promise.all(
    names.map(async (path) => ({
      path,
      sha256: await sha256File(join(into, path)),
      bytes: (await stat(join(into, path))).size,
    })),
  );
  const io = ({ shape, ...side }: EngineFacts['inputs'][number]) => ({
    ...side,
    ...(shape ? { shape: [...shape] } : {}),
  });
  const manifest: EngineManifest = {
    version: ENGINE_VERSION,
    schema: 'infersight/engine',
    key: identity.key,
    model: {
      name: spec.name,
      sha256: summary?.sha256 ?? '',
      bytes: summary?.bytes ?? 0,
      opset: summary?.opsets ?? {},
      producer: summary?.producer ?? '',
    },
    target: identity.target,
    binding: [...identity.binding],
    build: {
      backend: 'tensorrt',
      accelerator: placeOf(accelerator).text,
      precision: spec.precision,
      shapes: Object.fromEntries(Object.entries(facts.shapes).map(([name, shape]) => [name, [...shape]])),
      options: { ...build, plugins, profiles: facts.profiles },
    },
    io: { inputs: facts.inputs.map(io), outputs: facts.outputs.map(io) },
    files,
    build_s: round(built.seconds, 3),
    ...(built.peakMemory === undefined ? {} : { peak_memory_bytes: built.peakMemory }),
    device_memory: { context_bytes: facts.contextBytes, engine_bytes: facts.engineBytes, io_bytes: facts.ioBytes },
    ...(facts.trial ? { trial: facts.trial } : {}),
    ...(facts.verification ? { verification: facts.verification } : {}),
    warnings: [...built.log.warnings, ...facts.notes],
  };
  await writeAtomic(join(into, 'engine.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}
