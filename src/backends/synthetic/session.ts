/** A session that takes as long as it is told, and misbehaves as it is told. */
import { fail, ProblemError } from '../../base/problem.js';
import type { EngineManifest } from '../../formats/engine/engine.js';
import { type ServiceDraw, serviceDraw } from '../../formats/pipeline/service-time.js';
import type { SyntheticBuild } from '../../formats/pipeline/types.js';
import { arrayOf, elementCount, hasArray, type Tensor, type TensorSpec } from '../../formats/tensor/tensor.js';
import type { Feeds, OpenContext, Session } from '../backend.js';
import { checkFeed } from '../feeds.js';

const LEAST_SLEEP_MS = 0.2;
/** About half a microsecond. */
const WORK_PER_LOOK = 500;

export class SyntheticSession implements Session {
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
    // Some work between two looks at the clock: every look makes garbage, and its collection stalls all threads.
    let x = 1;
    while (performance.now() < until) for (let i = 0; i < WORK_PER_LOOK; i++) x = Math.imul(x, 0x9e3779b1) ^ i;
    this.#sleeper[0] = x === 0 ? 1 : 0;
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
