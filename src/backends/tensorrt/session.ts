/** A task on a TensorRT engine: one context, one stream, memory bound once; a run is a few calls of the driver. */
import koffi from 'koffi';
import { fail } from '../../base/problem.js';
import type { Priority } from '../../formats/pipeline/types.js';
import type { TensorSpec } from '../../formats/tensor/tensor.js';
import { clockZero, type MonotonicClock, monotonicClock } from '../../machine/monotonic.js';
import { CELL, type CompleteVia, type Feeds, type Session } from '../backend.js';
import { checkBinding } from '../feeds.js';
import { InputBuffer, OutputBuffer } from './buffers.js';
import { type Callback, makeOutputAllocator } from './callbacks.js';
import { type Cuda, type GpuDevice, NOT_READY } from './cuda.js';
import { type CudaGraph, makeGraph } from './cuda-graph.js';
import { chooseProfile, setInputShape, sized, type TrtEngine } from './engine.js';
import { EVENT, EventStamps } from './event-stamps.js';
import type { TrtObject } from './objects.js';

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

/** A copy on the device from an output to an input of the next run. */
interface Feedback {
  readonly from: OutputBuffer;
  readonly to: InputBuffer;
}

/** What every run needs, once inputs are bound. */
interface Bound {
  readonly context: TrtObject;
  /** Of the inputs, as text. */
  readonly shapes: string;
  /** Number of its optimisation profile. */
  readonly profile: number;
  readonly inputs: readonly InputBuffer[];
  readonly outputs: readonly OutputBuffer[];
  readonly feedback: readonly Feedback[];
  /** Inputs that come from the host on every run. */
  readonly fresh: readonly InputBuffer[];
  readonly enqueue: () => void;
  readonly allocators: readonly Callback[];
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
  protected readonly stream: number;
  readonly #device: GpuDevice;
  readonly #cudaGraph: SessionOptions['cudaGraph'];
  readonly #events: EventStamps;
  readonly #clock: MonotonicClock;
  readonly #wait: (event: number) => void;
  #bound: Bound | undefined;
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
    const { least, greatest } = cuda.priorities();
    const middle = Math.trunc((least + greatest) / 2);
    this.stream = cuda.stream(options.priority === 'high' ? greatest : options.priority === 'low' ? least : middle);
    if (least === greatest && options.priority !== 'normal') this.notes.push('this GPU has no priorities of streams');
    this.#events = new EventStamps(cuda, this.stream, options.completeVia === 'blocking');
    this.#clock = monotonicClock(clockZero());
    this.#wait = waiter(cuda, options.completeVia);
  }

  bind(feeds: Feeds, feedback: Readonly<Record<string, string>> = {}): void {
    checkBinding(this, feeds, feedback);
    if (this.#refeed(feeds, feedback)) return;
    this.#release();
    const context = this.engine.context();
    const bound = this.#bindAll(context, feeds, feedback);
    this.#bound = bound;
    for (const { to } of bound.feedback) copyIn(this.cuda, to, this.stream);
    const { graph, note } = makeGraph(this.cuda, {
      wanted: this.#cudaGraph,
      stream: this.stream,
      enqueue: bound.enqueue,
      outputs: bound.outputs,
      dla: this.provider.startsWith('dla'),
    });
    this.#graph = graph;
    if (note && !this.notes.includes(note)) this.notes.push(note);
  }

  infer(stamps: Float64Array): void {
    const bound = this.#bound ?? fail('task', 'nothing is bound to the session');
    const { call } = this.cuda;
    const { fresh, outputs, feedback } = bound;
    for (let i = 0; i < fresh.length; i++) fresh[i]?.refresh();
    const asked = this.#clock.now();
    this.#events.record(EVENT.begin);
    for (let i = 0; i < fresh.length; i++) copyIn(this.cuda, fresh[i] as InputBuffer, this.stream);
    this.#events.record(EVENT.copiedIn);
    if (this.#graph) this.cuda.check(call.cuGraphLaunch(this.#graph.launch, this.stream), 'launch the CUDA graph');
    else bound.enqueue();
    this.#events.record(EVENT.computed);
    for (let i = 0; i < outputs.length; i++) copyOut(this.cuda, outputs[i] as OutputBuffer, this.stream);
    for (let i = 0; i < feedback.length; i++) feedBack(this.cuda, feedback[i] as Feedback, this.stream);
    this.#events.record(EVENT.end);
    stamps[CELL.enqueueEnd] = this.#clock.now();
    this.#wait(this.#events.end);
    this.#events.fill(stamps, asked, this.#clock.now());
  }

  results(): Feeds {
    const bound = this.#bound ?? fail('task', 'nothing is bound to the session');
    return Object.fromEntries(
      bound.outputs.map((output) => {
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
    this.cuda.call.cuStreamDestroy_v2(this.stream);
    this.engine.close();
  }

  /** The context, with everything bound, for runs that are not measured. */
  protected get context(): TrtObject {
    return (this.#bound ?? fail('task', 'nothing is bound to the session')).context;
  }

  /** Puts a run on the stream, without copies and without the graph. */
  protected enqueueOnce(): void {
    (this.#bound ?? fail('task', 'nothing is bound to the session')).enqueue();
  }

  /** Number of the optimisation profile that the bound shapes lie in. */
  protected get profile(): number {
    return this.#bound?.profile ?? 0;
  }

  /** Other values of the same shapes need no other context, memory or graph. */
  #refeed(feeds: Feeds, feedback: Readonly<Record<string, string>>): boolean {
    const bound = this.#bound;
    if (!bound || bound.feedback.length > 0 || Object.keys(feedback).length > 0) return false;
    if (bound.shapes !== shapesOf(feeds)) return false;
    return bound.inputs.every((input) => {
      const feed = feeds[input.name];
      return feed !== undefined && input.feed(feed);
    });
  }

  #bindAll(context: TrtObject, feeds: Feeds, feedback: Readonly<Record<string, string>>): Bound {
    const { engine, cuda } = this;
    const { integrated } = this.#device;
    const shapes = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, feed.shape]));
    const profile = chooseProfile(engine, shapes);
    if (profile > 0 && !context.call('setOptimizationProfileAsync', profile, BigInt(this.stream)))
      fail('task', `the engine does not take its optimisation profile ${profile}`);
    const inputs = this.inputs.map((spec): InputBuffer => {
      const side =
        engine.sides.find((s) => s.name === spec.name) ?? fail('task', `the engine has no input ${spec.name}`);
      const feed = feeds[spec.name] ?? fail('task', `input ${spec.name} is missing`);
      const input = new InputBuffer(cuda, sized(side, feed.shape), feed, spec.dtype, integrated);
      setInputShape(engine, context, side, feed.shape, profile);
      setAddress(context, spec.name, input.address);
      return input;
    });
    const outputs = engine.sides
      .filter((s) => !s.input)
      .map((side) => new OutputBuffer(cuda, sized(side, context.shape('getTensorShape', side.name)), integrated));
    const allocators = outputs.flatMap((output) => this.#giveMemory(context, output));
    const fedBack = Object.entries(feedback).map(([to, from]) => feedbackOf(inputs, outputs, to, from));
    const run = context.bind('enqueueV3');
    return {
      context,
      shapes: shapesOf(feeds),
      profile,
      inputs,
      outputs,
      feedback: fedBack,
      fresh: inputs.filter((i) => !fedBack.some((f) => f.to === i)),
      allocators,
      enqueue: () => {
        if (!run(this.stream)) fail('task', 'TensorRT refused to run the engine');
      },
    };
  }

  #giveMemory(context: TrtObject, output: OutputBuffer): Callback[] {
    const { name } = output.tensor;
    if (!output.dynamic) {
      setAddress(context, name, output.address);
      return [];
    }
    const allocator = makeOutputAllocator(this.engine.library, {
      allocate: (bytes) => output.allocate(bytes),
      shape: (shape) => output.tellShape(shape),
    });
    if (!context.call('setOutputAllocator', name, allocator.pointer))
      fail('task', `output ${name}: TensorRT takes no memory for an output whose size shows only when it runs`);
    return [allocator];
  }

  #release(): void {
    const bound = this.#bound;
    this.#bound = undefined;
    this.cuda.call.cuStreamSynchronize(this.stream);
    this.#graph?.free();
    this.#graph = undefined;
    if (!bound) return;
    bound.context.delete();
    for (const buffer of [...bound.inputs, ...bound.outputs]) buffer.free();
    for (const allocator of bound.allocators) allocator.release();
  }
}

function copyIn(cuda: Cuda, { copyFrom, address, bytes }: InputBuffer, stream: number): void {
  if (copyFrom !== undefined)
    cuda.check(cuda.call.cuMemcpyHtoDAsync_v2(address, copyFrom, bytes, stream), 'copy an input');
}

function copyOut(cuda: Cuda, { copyTo, address, bytes }: OutputBuffer, stream: number): void {
  if (copyTo !== 0) cuda.check(cuda.call.cuMemcpyDtoHAsync_v2(copyTo, address, bytes, stream), 'copy an output');
}

function feedBack(cuda: Cuda, { from, to }: Feedback, stream: number): void {
  cuda.check(cuda.call.cuMemcpyDtoDAsync_v2(to.address, from.address, to.bytes, stream), 'feed an output back');
}

const shapesOf = (feeds: Feeds): string =>
  JSON.stringify(Object.entries(feeds).map(([name, { shape }]) => [name, shape]));

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

function setAddress(context: TrtObject, name: string, address: number): void {
  if (!context.call('setTensorAddress', name, BigInt(address)))
    fail('task', `${name}: TensorRT does not take the memory of this tensor`);
}

function feedbackOf(
  inputs: readonly InputBuffer[],
  outputs: readonly OutputBuffer[],
  to: string,
  from: string,
): Feedback {
  const input = inputs.find((i) => i.name === to) ?? fail('task', `feedback names no input "${to}"`);
  const output = outputs.find((o) => o.tensor.name === from) ?? fail('task', `feedback names no output "${from}"`);
  if (output.dynamic || output.bytes !== input.bytes)
    fail('task', `feedback from ${from} to ${to}: ${output.bytes} bytes do not fit ${input.bytes}`);
  return { from: output, to: input };
}
