/** One ONNX Runtime session with inputs and outputs bound once; a run is one C call. */

import { fail } from '../../base/problem.js';
import type { Tensor, TensorSpec } from '../../formats/tensor/tensor.js';
import type { Feeds, Session } from '../backend.js';
import { checkBinding } from '../feeds.js';
import { addressOf, cStrings, loadLibrary, type OrtLibrary } from './library.js';
import { createOptions, type SessionSettings } from './options.js';
import { type BoundValue, describe, fromOrtValue, toOrtValue } from './values.js';

const cells = (n: number): BigUint64Array => new BigUint64Array(new ArrayBuffer(8 * Math.max(1, n)));

/** Pointers for one run. Two of them take turns where an output feeds an input of the next run. */
interface Binding {
  readonly inputs: BigUint64Array;
  readonly outputs: BigUint64Array;
  readonly inputsAt: bigint;
  readonly outputsAt: bigint;
}

const binding = (inputs: number, outputs: number): Binding => {
  const i = cells(inputs);
  const o = cells(outputs);
  return { inputs: i, outputs: o, inputsAt: addressOf(i), outputsAt: addressOf(o) };
};

/** A session of ONNX Runtime. */
export class OrtSession implements Session {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly provider: string;
  readonly #ort: OrtLibrary;
  #session: bigint;
  readonly #inputNames: ReturnType<typeof cStrings>;
  readonly #outputNames: ReturnType<typeof cStrings>;
  readonly #inputNamesAt: bigint;
  readonly #outputNamesAt: bigint;
  #values: BoundValue[] = [];
  #bindings: Binding[] = [];
  #turn = 0;
  #last = 0;
  /** Pairs of input and output places. */
  #feedback: [input: number, output: number][] = [];
  /** Output shapes change from run to run, so ONNX Runtime allocates them each time. */
  #dynamic = false;

  constructor(path: string, settings: SessionSettings) {
    const ort = loadLibrary();
    this.#ort = ort;
    this.provider = settings.provider;
    const options = createOptions(ort, settings);
    const out = cells(1);
    try {
      ort.check(ort.api.CreateSession(ort.env, path, options, out), 'task', `load ${path}`);
    } finally {
      ort.free.ReleaseSessionOptions(options);
    }
    this.#session = out[0];
    this.inputs = describe(ort, this.#session, 'Input');
    this.outputs = describe(ort, this.#session, 'Output');
    this.#inputNames = cStrings(this.inputs.map((t) => t.name));
    this.#outputNames = cStrings(this.outputs.map((t) => t.name));
    this.#inputNamesAt = addressOf(this.#inputNames.pointers);
    this.#outputNamesAt = addressOf(this.#outputNames.pointers);
  }

  bind(feeds: Feeds, feedback: Readonly<Record<string, string>> = {}): void {
    if (!this.#session) fail('task', 'the session is closed');
    this.#release();
    checkBinding(this, feeds, feedback);
    this.#feedback = Object.entries(feedback).map(([input, output]) => [
      this.inputs.findIndex((t) => t.name === input),
      this.outputs.findIndex((t) => t.name === output),
    ]);
    this.#values = this.inputs.map((spec) => toOrtValue(this.#ort, spec.name, feeds[spec.name]));
    const turns = this.#feedback.length > 0 ? 2 : 1;
    this.#bindings = Array.from({ length: turns }, () => {
      const made = binding(this.inputs.length, this.outputs.length);
      this.#values.forEach((value, i) => {
        made.inputs[i] = value.pointer;
      });
      return made;
    });
    this.#turn = 0;
  }

  infer(): void {
    if (!this.#session) fail('task', 'the session is closed');
    const { inputsAt, outputsAt } = this.#bindings[this.#turn];
    if (this.#dynamic) this.#forgetOutputs(this.#turn);
    const status = this.#run(inputsAt, outputsAt);
    if (status) this.#retry(status, inputsAt, outputsAt);
    this.#last = this.#turn;
    if (this.#feedback.length > 0) this.#feedBack();
  }

  results(): Feeds {
    const { outputs } = this.#bindings[this.#last];
    return Object.fromEntries(
      this.outputs.map((spec, i): [string, Tensor] => [spec.name, fromOrtValue(this.#ort, spec.name, outputs[i])]),
    );
  }

  /** Ends profiling and returns the path of the file. */
  endProfiling(read: (pointer: bigint) => string): string {
    const out = cells(1);
    this.#ort.check(this.#ort.api.SessionEndProfiling(this.#session, this.#ort.allocator, out), 'run', 'end profiling');
    const path = read(out[0]);
    this.#ort.check(this.#ort.api.AllocatorFree(this.#ort.allocator, out[0]), 'run', 'free a name');
    return path;
  }

  close(): void {
    this.#release();
    if (this.#session) this.#ort.free.ReleaseSession(this.#session);
    this.#session = 0n;
  }

  #run(inputsAt: bigint, outputsAt: bigint): bigint | null {
    return this.#ort.run(
      this.#session,
      null,
      this.#inputNamesAt,
      inputsAt,
      this.inputs.length,
      this.#outputNamesAt,
      this.outputs.length,
      outputsAt,
    );
  }

  /** Outputs of another shape than last time cannot be written in place: let ONNX Runtime allocate them from now on. */
  #retry(status: bigint, inputsAt: bigint, outputsAt: bigint): void {
    try {
      this.#ort.check(status, 'task', 'run the model');
    } catch (error) {
      if (this.#dynamic || !/shape verification failed|shape mismatch/i.test(String((error as Error).message)))
        throw error;
      this.#dynamic = true;
      this.#forgetOutputs(this.#turn);
      this.#ort.check(this.#run(inputsAt, outputsAt), 'task', 'run the model');
    }
  }

  #feedBack(): void {
    const now = this.#bindings[this.#turn];
    this.#turn = 1 - this.#turn;
    const next = this.#bindings[this.#turn];
    for (const [input, output] of this.#feedback) next.inputs[input] = now.outputs[output];
  }

  #forgetOutputs(turn: number): void {
    const { outputs } = this.#bindings[turn];
    for (let i = 0; i < outputs.length; i++) {
      if (outputs[i]) this.#ort.free.ReleaseValue(outputs[i]);
      outputs[i] = 0n;
    }
  }

  #release(): void {
    this.#bindings.forEach((_, turn) => {
      this.#forgetOutputs(turn);
    });
    for (const value of this.#values) this.#ort.free.ReleaseValue(value.pointer);
    this.#bindings = [];
    this.#values = [];
  }
}
