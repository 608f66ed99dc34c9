/** A session that takes as long as it is told, and misbehaves as it is told. */
import { fail } from '../../base/problem.js';
import { syntheticEngine } from '../../formats/backends/index.js';
import { type ServiceDraw, serviceDraw } from '../../formats/backends/service-time.js';
import type { SyntheticBuild } from '../../formats/backends/synthetic.js';
import type { EngineManifest } from '../../formats/engine/engine.js';
import {
  arrayOf,
  elementCount,
  hasArray,
  type Tensor,
  type TensorData,
  type TensorSpec,
} from '../../formats/tensor/tensor.js';
import { CELL, type Feeds, type OpenContext, type Session } from '../backend.js';
import { checkBinding } from '../feeds.js';

const LEAST_SLEEP_MS = 0.2;
/** About half a microsecond. */
const WORK_PER_LOOK = 500;

/** A session that runs nothing and takes the time that it was told. */
export class SyntheticSession implements Session {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly provider = 'synthetic';
  readonly #options: SyntheticBuild;
  readonly #service: ServiceDraw;
  /** Jobs that run on the engine now, over all tasks that share it. */
  readonly #running: Int32Array;
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(4));
  /** Copies of outputs into the inputs of the next run. */
  #fedBack: readonly (() => void)[] = [];
  #results: Record<string, Tensor> = {};

  private constructor(
    engine: EngineManifest,
    options: SyntheticBuild,
    running: Int32Array,
    seed: number,
    task: string,
  ) {
    this.#options = options;
    if (options.fault?.kind === 'load') fail('task', `${engine.model.name} fails to load, as build.fault asks`);
    this.inputs = engine.io.inputs.map(({ format: _, ...spec }) => spec);
    this.outputs = engine.io.outputs.map(({ format: _, ...spec }) => spec);
    this.#service = serviceDraw(options.service, seed, task);
    this.#running = running;
  }

  /** @throws ProblemError */
  static async open(engine: EngineManifest, context: OpenContext | undefined): Promise<SyntheticSession> {
    const options = syntheticEngine(engine.build) ?? fail('backend', `${engine.model.name} is no synthetic engine`);
    const running = (await context?.shared(`engine/${options.engine}`, 4)) ?? new SharedArrayBuffer(4);
    const { seed = 0, task = engine.model.name } = context ?? {};
    return new SyntheticSession(engine, options, new Int32Array(running), seed, task);
  }

  bind(feeds: Feeds, feedback: Readonly<Record<string, string>> = {}): void {
    checkBinding(this, feeds, feedback);
    this.#results = Object.fromEntries(
      this.inputs.flatMap(({ name }) => {
        const feed = feeds[name];
        return feed ? [[`${name}_out`, copyOf(feed)]] : [];
      }),
    );
    this.#fedBack = Object.entries(feedback).flatMap(([input, output]) => {
      const [to, from] = [feeds[input]?.data, this.#results[output]?.data];
      return to && from ? [() => copyInto(from, to)] : [];
    });
  }

  infer(stamps: Float64Array, job: number): void {
    const begin = performance.now();
    const others = Atomics.add(this.#running, 0, 1);
    const wanted = (this.#service(Math.max(0, job)) * (1 + this.#options.contention * others)) / 1e6;
    this.#misbehave(job);
    this.#pass(begin + wanted);
    Atomics.sub(this.#running, 0, 1);
    stamps[CELL.deviceStart] = begin;
    stamps[CELL.deviceEnd] = performance.now();
    for (const copy of this.#fedBack) copy();
  }

  results(): Feeds {
    return this.#results;
  }

  close(): void {
    this.#fedBack = [];
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
    const [first = ''] = Object.keys(this.#results);
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
        // Another thread may be the one that gets the signal; as after a real fault, this job goes no further.
        Atomics.wait(this.#sleeper, 0, 0);
        break;
      case 'load':
        break;
    }
  }
}

/** Between arrays of one type and length, as the binding was checked. */
function copyInto(from: TensorData, to: TensorData): void {
  if (Array.isArray(from) || Array.isArray(to)) return;
  bytesOf(to).set(bytesOf(from));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Exclude<TensorData, string[]>): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function copyOf(tensor: Tensor): Tensor {
  if (Array.isArray(tensor.data)) return { ...tensor, data: [...tensor.data] };
  if (!hasArray(tensor.dtype)) return fail('task', `element type ${tensor.dtype} has no array`);
  const data = arrayOf(tensor.dtype, elementCount(tensor.shape));
  copyInto(tensor.data, data);
  return { ...tensor, data };
}
