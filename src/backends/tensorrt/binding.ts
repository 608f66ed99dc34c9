/** What one engine is bound to: a context, its memory, and how a run of it is put on a stream. */
import { fail } from '../../base/problem.js';
import type { TensorSpec } from '../../formats/tensor/tensor.js';
import type { Feeds } from '../backend.js';
import { InputBuffer, OutputBuffer } from './buffers.js';
import { type Callback, makeOutputAllocator } from './callbacks.js';
import type { Cuda } from './cuda.js';
import { chooseProfile, setInputShape, sized, type TrtEngine } from './engine.js';
import { EVENT, type EventStamps } from './event-stamps.js';
import type { TrtObject } from './objects.js';
import type { Streams } from './streams.js';

/** A copy on the device from an output to an input of the next run. */
interface Feedback {
  readonly from: OutputBuffer;
  readonly to: InputBuffer;
}

/** What is bound, and where it runs. */
export interface BindingRequest {
  readonly engine: TrtEngine;
  readonly cuda: Cuda;
  readonly streams: Streams;
  /** The GPU shares its memory with the CPU. */
  readonly integrated: boolean;
  /** As the model declares them. */
  readonly inputs: readonly TensorSpec[];
  readonly feeds: Feeds;
  /** Name of an input to the name of the output that it takes from the run before. */
  readonly feedback: Readonly<Record<string, string>>;
}

/** An engine's context with everything it needs to run. */
export class Binding {
  readonly context: TrtObject;
  /** Number of its optimisation profile. */
  readonly profile: number;
  readonly inputs: readonly InputBuffer[];
  readonly outputs: readonly OutputBuffer[];
  readonly #request: BindingRequest;
  readonly #shapes: string;
  readonly #feedback: readonly Feedback[];
  /** Inputs that come from the host on every run. */
  readonly #fresh: readonly InputBuffer[];
  readonly #allocators: readonly Callback[];
  readonly #run: (...args: unknown[]) => unknown;

  constructor(request: BindingRequest) {
    const { engine, cuda, streams, feeds, feedback, integrated } = request;
    this.#request = request;
    this.context = engine.context();
    this.#shapes = shapesOf(feeds);
    const shapes = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, feed.shape]));
    this.profile = chooseProfile(engine, shapes);
    if (this.profile > 0 && !this.context.call('setOptimizationProfileAsync', this.profile, BigInt(streams.compute)))
      fail('task', `the engine does not take its optimisation profile ${this.profile}`);
    this.inputs = request.inputs.map((spec) => this.#input(spec));
    this.outputs = engine.sides
      .filter((s) => !s.input)
      .map((side) => new OutputBuffer(cuda, sized(side, this.context.shape('getTensorShape', side.name)), integrated));
    this.#allocators = this.outputs.flatMap((output) => this.#giveMemory(output));
    this.#feedback = Object.entries(feedback).map(([to, from]) => feedbackOf(this.inputs, this.outputs, to, from));
    this.#fresh = this.inputs.filter((i) => !this.#feedback.some((f) => f.to === i));
    this.#run = this.context.bind('enqueueV3');
    for (const { to } of this.#feedback) copyIn(cuda, to, streams.copies);
  }

  /** Takes other values of the same shapes, which needs no other context and memory; false where it cannot. */
  refeed(feeds: Feeds): boolean {
    if (this.#feedback.length > 0 || this.#shapes !== shapesOf(feeds)) return false;
    return this.inputs.every((input) => {
      const feed = feeds[input.name];
      return feed !== undefined && input.feed(feed);
    });
  }

  /** Brings new values of the inputs into the memory that is read. */
  refresh(): void {
    const fresh = this.#fresh;
    for (let i = 0; i < fresh.length; i++) fresh[i]?.refresh();
  }

  /** Puts the computing on the stream. */
  readonly enqueue = (): void => {
    if (!this.#run(this.#request.streams.compute)) fail('task', 'TensorRT refused to run the engine');
  };

  /** Puts a run on the streams, with its events. @param compute puts the computing there */
  put(events: EventStamps, compute: () => void): void {
    const { cuda, streams } = this.#request;
    const [fresh, outputs, feedback] = [this.#fresh, this.outputs, this.#feedback];
    events.record(EVENT.begin);
    for (let i = 0; i < fresh.length; i++) copyIn(cuda, fresh[i] as InputBuffer, streams.copies);
    streams.computeAfterCopies();
    events.record(EVENT.copiedIn);
    compute();
    events.record(EVENT.computed);
    streams.copiesAfter(events.computed);
    for (let i = 0; i < outputs.length; i++) copyOut(cuda, outputs[i] as OutputBuffer, streams.copies);
    for (let i = 0; i < feedback.length; i++) feedBack(cuda, feedback[i] as Feedback, streams.copies);
    events.record(EVENT.end);
  }

  /** Nothing may run any more. */
  free(): void {
    this.context.delete();
    for (const buffer of [...this.inputs, ...this.outputs]) buffer.free();
    for (const allocator of this.#allocators) allocator.release();
  }

  #input(spec: TensorSpec): InputBuffer {
    const { engine, cuda, feeds, integrated } = this.#request;
    const side = engine.sides.find((s) => s.name === spec.name) ?? fail('task', `the engine has no input ${spec.name}`);
    const feed = feeds[spec.name] ?? fail('task', `input ${spec.name} is missing`);
    const input = new InputBuffer(cuda, sized(side, feed.shape), feed, spec.dtype, integrated);
    setInputShape(engine, this.context, side, feed.shape, this.profile);
    setAddress(this.context, spec.name, input.address);
    return input;
  }

  #giveMemory(output: OutputBuffer): Callback[] {
    const { name } = output.tensor;
    if (!output.dynamic) {
      setAddress(this.context, name, output.address);
      return [];
    }
    const allocator = makeOutputAllocator(this.#request.engine.library, {
      allocate: (bytes) => output.allocate(bytes),
      shape: (shape) => output.tellShape(shape),
    });
    if (!this.context.call('setOutputAllocator', name, allocator.pointer))
      fail('task', `output ${name}: TensorRT takes no memory for an output whose size shows only when it runs`);
    return [allocator];
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
