/** A task on a TensorRT engine: one context, one stream, memory bound once; a run is a few calls of the driver. */
import koffi from 'koffi';
import { fail } from '../../base/problem.js';
import type { Priority } from '../../formats/pipeline/types.js';
import type { TensorSpec } from '../../formats/tensor/tensor.js';
import { clockZero, type MonotonicClock, monotonicClock } from '../../machine/monotonic.js';
import { CELL, type CompleteVia, type Feeds, type Session } from '../backend.js';
import { checkBinding } from '../feeds.js';
import { Binding } from './binding.js';
import { type Cuda, type GpuDevice, NOT_READY } from './cuda.js';
import { type CudaGraph, makeGraph } from './cuda-graph.js';
import type { TrtEngine } from './engine.js';
import { EventStamps } from './event-stamps.js';
import type { TrtObject } from './objects.js';
import { Streams, streamPriority } from './streams.js';

/** How a session runs its engine. */
export interface SessionOptions {
  /** Inputs and outputs as the model declares them. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly cudaGraph: 'auto' | 'on' | 'off';
  readonly completeVia: CompleteVia;
  readonly priority: Priority;
  /** `gpu:0`, `dla:1` */
  readonly provider: string;
}

/** A session of TensorRT. */
export class TrtSession implements Session {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly provider: string;
  readonly completeVia: CompleteVia;
  readonly notes: string[] = [];
  protected readonly engine: TrtEngine;
  protected readonly cuda: Cuda;
  readonly #streams: Streams;
  readonly #device: GpuDevice;
  readonly #cudaGraph: SessionOptions['cudaGraph'];
  readonly #events: EventStamps;
  readonly #clock: MonotonicClock;
  readonly #wait: (event: number) => void;
  #bound: Binding | undefined;
  #graph: CudaGraph | undefined;

  constructor(engine: TrtEngine, cuda: Cuda, device: GpuDevice, options: SessionOptions) {
    this.engine = engine;
    this.cuda = cuda;
    this.#device = device;
    this.#cudaGraph = options.cudaGraph;
    this.provider = options.provider;
    this.completeVia = options.completeVia;
    this.inputs = options.inputs;
    this.outputs = options.outputs;
    const { value, note } = streamPriority(cuda, options.priority);
    if (note) this.notes.push(note);
    this.#streams = new Streams(cuda, value, device.integrated);
    this.#events = new EventStamps(cuda, this.#streams, options.completeVia === 'blocking');
    this.#clock = monotonicClock(clockZero());
    this.#wait = waiter(cuda, options.completeVia);
  }

  bind(feeds: Feeds, feedback: Readonly<Record<string, string>> = {}): void {
    checkBinding(this, feeds, feedback);
    if (Object.keys(feedback).length === 0 && this.#bound?.refeed(feeds)) return;
    this.#bindAnew(feeds, feedback);
  }

  infer(stamps: Float64Array): void {
    const bound = this.#of();
    bound.refresh();
    const asked = this.#clock.now();
    bound.put(this.#events, this.#compute);
    stamps[CELL.enqueueEnd] = this.#clock.now();
    this.#wait(this.#events.end);
    this.#events.fill(stamps, asked, this.#clock.now());
  }

  results(): Feeds {
    return Object.fromEntries(
      this.#of().outputs.map((output) => {
        const { name } = output.tensor;
        return [name, output.read(this.outputs.find((o) => o.name === name))];
      }),
    );
  }

  /** What a stamp of the device may be off by, ms. */
  get uncertainty(): number {
    return this.#events.uncertainty;
  }

  /** Memory of the device that inputs and outputs take. */
  get deviceBytes(): number {
    const { inputs = [], outputs = [] } = this.#bound ?? {};
    return [...inputs, ...outputs].reduce((sum, buffer) => sum + buffer.bytes, 0);
  }

  /** The engine runs as a CUDA graph. */
  get usesGraph(): boolean {
    return this.#graph !== undefined;
  }

  close(): void {
    this.#release();
    this.#events.free();
    this.#streams.free();
    this.engine.close();
  }

  /** The context, with everything bound, for runs that are not measured. */
  protected get context(): TrtObject {
    return this.#of().context;
  }

  /** One run without copies and without the graph, waited for. */
  protected runOnce(): void {
    this.#of().enqueue();
    this.cuda.check(this.cuda.call.cuStreamSynchronize(this.#streams.compute), 'run the engine');
  }

  /** Number of the optimisation profile that the bound shapes lie in. */
  protected get profile(): number {
    return this.#bound?.profile ?? 0;
  }

  #of(): Binding {
    return this.#bound ?? fail('task', 'nothing is bound to the session');
  }

  #bindAnew(feeds: Feeds, feedback: Readonly<Record<string, string>>): void {
    this.#release();
    const { engine, cuda, inputs } = this;
    const streams = this.#streams;
    const bound = new Binding({ engine, cuda, streams, integrated: this.#device.integrated, inputs, feeds, feedback });
    this.#bound = bound;
    const { graph, note } = makeGraph(cuda, {
      wanted: this.#cudaGraph,
      stream: streams.compute,
      enqueue: bound.enqueue,
      outputs: bound.outputs,
      dla: this.provider.startsWith('dla'),
    });
    this.#graph = graph;
    if (note && !this.notes.includes(note)) this.notes.push(note);
  }

  readonly #compute = (): void => {
    if (this.#graph)
      this.cuda.check(this.cuda.call.cuGraphLaunch(this.#graph.launch, this.#streams.compute), 'launch the CUDA graph');
    else this.#bound?.enqueue();
  };

  #release(): void {
    this.#streams.settle();
    this.#graph?.free();
    this.#graph = undefined;
    this.#bound?.free();
    this.#bound = undefined;
  }
}

/** How the host learns that an event has happened. */
function waiter(cuda: Cuda, via: CompleteVia): (event: number) => void {
  const { call } = cuda;
  if (via === 'blocking') return (event) => cuda.check(call.cuEventSynchronize(event), 'run the engine');
  const pause = via === 'yield' ? (koffi.load('libc.so.6').func('int sched_yield()') as () => number) : undefined;
  return (event) => {
    let result = call.cuEventQuery(event);
    while (result === NOT_READY) {
      pause?.();
      result = call.cuEventQuery(event);
    }
    cuda.check(result, 'run the engine');
  };
}
