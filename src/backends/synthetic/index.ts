/** A backend with programmed service times, for tests, CI and teaching: it needs no model and no device. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ProblemError } from '../../base/problem.js';
import { canonicalJson } from '../../formats/document.js';
import { ENGINE_VERSION, type EngineManifest } from '../../formats/engine.js';
import { type ServiceDraw, serviceDraw } from '../../formats/pipeline/service-time.js';
import type { Placement, SyntheticBuild } from '../../formats/pipeline/types.js';
import {
  arrayOf,
  DTYPES,
  type Dtype,
  elementCount,
  hasArray,
  type Tensor,
  type TensorSpec,
} from '../../formats/tensor.js';
import type { Backend, EngineIdentity, Feeds, ModelSource, OpenContext, Session } from '../backend.js';
import { checkFeed } from '../feeds.js';
import { sha256Text, writeAtomic } from '../files.js';
import { localTarget } from '../target.js';

const VERSION = '1';
const LEAST_SLEEP_MS = 0.2;

function optionsOf(model: ModelSource): SyntheticBuild {
  return model.spec.build.kind === 'synthetic'
    ? model.spec.build.options
    : fail('config', `model ${model.spec.name} is not synthetic`);
}

function identify(model: ModelSource): EngineIdentity {
  const build = { backend: 'synthetic', options: optionsOf(model), inputs: inputsOf(model) };
  return { key: sha256Text(canonicalJson({ build, version: VERSION })), target: localTarget({}), binding: [] };
}

/** Inputs as the file declares them; one scalar without any. Every input x has an output x_out of its type and shape. */
function inputsOf(model: ModelSource): TensorSpec[] {
  const declared = Object.entries(model.spec.inputs).map(([name, input]) => ({
    name,
    dtype: (DTYPES.find((d) => d === input.dtype) ?? 'float32') as Dtype,
    shape: [...(input.shape ?? [1])],
  }));
  return declared.length > 0 ? declared : [{ name: 'input', dtype: 'float32', shape: [1] }];
}

const outputOf = (input: TensorSpec): TensorSpec => ({ ...input, name: `${input.name}_out` });

export const synthetic: Backend = {
  id: 'synthetic',

  async probe() {
    return { id: 'synthetic', version: VERSION, accelerators: [{ name: 'any', provider: 'programmed service times' }] };
  },

  async identify(model) {
    return identify(model);
  },

  async build(model, { into }) {
    const { key, target, binding } = identify(model);
    const inputs = inputsOf(model);
    const io = (spec: TensorSpec) => ({
      name: spec.name,
      dtype: spec.dtype,
      shape: [...(spec.shape ?? [])],
      format: 'linear',
    });
    const manifest: EngineManifest = {
      version: ENGINE_VERSION,
      schema: 'infersight/engine',
      key,
      model: { name: model.spec.name, sha256: '', bytes: 0, opsets: {}, producer: 'synthetic' },
      target,
      binding: [...binding],
      build: {
        backend: 'synthetic',
        accelerator: 'cpu',
        precision: 'as_is',
        shapes: {},
        options: { ...optionsOf(model) },
        flags: [],
        strongly_typed: true,
        plugins: [],
      },
      io: { inputs: inputs.map(io), outputs: inputs.map(outputOf).map(io) },
      files: [],
      build_s: 0,
      warnings: [],
    };
    await mkdir(into, { recursive: true });
    await writeAtomic(join(into, 'engine.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  },

  async open(engine, _from, _placement: Placement, context?: OpenContext): Promise<Session> {
    return new SyntheticSession(engine, context);
  },
};

class SyntheticSession implements Session {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly provider = 'synthetic';
  readonly #options: SyntheticBuild;
  readonly #service: ServiceDraw;
  readonly #counters: Int32Array;
  readonly #engine: number;
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(4));
  #feeds: Feeds = {};
  #feedback: Readonly<Record<string, string>> = {};
  #results: Record<string, Tensor> = {};

  constructor(engine: EngineManifest, context: OpenContext | undefined) {
    this.#options = engine.build.options as unknown as SyntheticBuild;
    if (this.#options.fault?.kind === 'load') fail('task', `${engine.model.name} fails to load, as build.fault asks`);
    this.inputs = engine.io.inputs.map(({ format: _, ...spec }) => spec);
    this.outputs = engine.io.outputs.map(({ format: _, ...spec }) => spec);
    this.#service = serviceDraw(this.#options.service, context?.seed ?? 0, context?.task ?? engine.model.name);
    this.#counters = context?.engines?.counters ?? new Int32Array(new SharedArrayBuffer(4));
    this.#engine = Math.max(0, context?.engines?.names.indexOf(this.#options.engine) ?? 0);
  }

  bind(feeds: Feeds, feedback: Readonly<Record<string, string>> = {}): void {
    const problems = this.inputs.flatMap((spec) => checkFeed(spec, feeds[spec.name]));
    for (const name of Object.keys(feeds)) {
      if (!this.inputs.some((i) => i.name === name))
        problems.push({ code: 'task', message: `the model has no input "${name}"` });
    }
    for (const [input, output] of Object.entries(feedback)) {
      if (!this.inputs.some((t) => t.name === input) || !this.outputs.some((t) => t.name === output)) {
        problems.push({
          code: 'task',
          message: `feedback from "${output}" to "${input}": the model has no such output or input`,
        });
      }
    }
    if (problems.length > 0) throw new ProblemError(problems);
    this.#feeds = { ...feeds };
    this.#feedback = feedback;
    this.#results = Object.fromEntries(this.inputs.map((spec) => [`${spec.name}_out`, copyOf(feeds[spec.name])]));
  }

  infer(stamps: Float64Array, job: number): void {
    const begin = performance.now();
    const others = Atomics.add(this.#counters, this.#engine, 1);
    const wanted = (this.#service(Math.max(0, job)) * (1 + this.#options.contention * others)) / 1e6;
    this.#misbehave(job);
    this.#pass(begin + wanted);
    Atomics.sub(this.#counters, this.#engine, 1);
    stamps[1] = begin;
    stamps[2] = performance.now();
    for (const input in this.#feedback) {
      const { data } = this.#results[this.#feedback[input]];
      if (!Array.isArray(data)) (this.#feeds[input].data as Float32Array).set(data as Float32Array);
    }
  }

  results(): Feeds {
    return this.#results;
  }

  close(): void {
    this.#feeds = {};
  }

  #pass(until: number): void {
    if (this.#options.work === 'sleep') {
      const left = until - performance.now();
      if (left > LEAST_SLEEP_MS) Atomics.wait(this.#sleeper, 0, 0, left);
      return;
    }
    while (performance.now() < until);
  }

  #misbehave(job: number): void {
    const { fault } = this.#options;
    if (!fault || job < fault.at) return;
    const [first] = Object.keys(this.#results);
    switch (fault.kind) {
      case 'throw':
        fail('task', `job ${job} throws, as build.fault asks`);
        break;
      case 'nan':
        this.#results[first] = { dtype: 'float32', shape: [1], data: new Float32Array([Number.NaN]) };
        break;
      case 'shape':
        this.#results[first] = { dtype: 'float32', shape: [7, 7], data: new Float32Array(49) };
        break;
      case 'hang':
        Atomics.wait(this.#sleeper, 0, 0);
        break;
      case 'crash':
        process.kill(process.pid, 'SIGSEGV');
        break;
      case 'load':
        break;
    }
  }
}

function copyOf(tensor: Tensor): Tensor {
  if (Array.isArray(tensor.data)) return { ...tensor, data: [...tensor.data] };
  if (!hasArray(tensor.dtype)) return fail('task', `element type ${tensor.dtype} has no array`);
  const data = arrayOf(tensor.dtype, elementCount(tensor.shape));
  (data as Float32Array).set(tensor.data as Float32Array);
  return { ...tensor, data };
}
