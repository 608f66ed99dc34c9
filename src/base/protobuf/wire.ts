/** Protocol-buffer wire format over a source that is read in pieces: what is skipped is never read. */
import { fail } from '../problem.js';

/** Where the bytes come from; two methods, so that a file, a buffer or a browser's Blob can serve. */
export interface ByteSource {
  readonly name: string;
  readonly size: number;
  /** Exactly `length` bytes from `offset`; the caller stays inside `size`. */
  read(offset: number, length: number): Uint8Array;
}

/** Wire type of integers. */
export const VARINT = 0;
/** Wire type of eight bytes. */
export const FIXED64 = 1;
/** Wire type of text, bytes and messages. */
export const BYTES = 2;
/** Wire type of four bytes. */
export const FIXED32 = 5;

const WINDOW = 1 << 16;
const MAX_STRING = 1 << 20;

/** Reads a message field by field. */
export class Wire {
  readonly #source: ByteSource;
  readonly #what: string;
  #window: Uint8Array = new Uint8Array(0);
  #base = 0;
  /** Offset of the next byte. */
  at = 0;
  /** Field number and wire type of the field that `next` has entered. */
  field = 0;
  type = 0;
  /** End of the payload of a BYTES field. */
  payloadEnd = 0;

  /** Where the key of that field begins. */
  fieldStart = 0;

  /** @param what the source should hold, for messages: `ONNX model` */
  constructor(source: ByteSource, what: string) {
    this.#source = source;
    this.#what = what;
  }

  get size(): number {
    return this.#source.size;
  }

  get name(): string {
    return this.#source.name;
  }

  broken(what: string): never {
    return fail(
      'model',
      `${this.#source.name}: not a readable ${this.#what}: ${what} at byte ${this.at}`,
      `the file may be cut short, or be something else than an ${this.#what}`,
    );
  }

  #byte(): number {
    const place = this.at - this.#base;
    if (place >= 0 && place < this.#window.length) {
      this.at++;
      return this.#window[place];
    }
    if (this.at >= this.#source.size) this.broken('the file ends too early');
    this.#base = this.at;
    this.#window = this.#source.read(this.at, Math.min(WINDOW, this.#source.size - this.at));
    this.at++;
    return this.#window[0];
  }

  /** A varint as the signed 64-bit number it stands for; beyond 2^53 the nearest double. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 7; i++) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    let big = BigInt(value);
    for (let i = 7; i < 10; i++) {
      const byte = this.#byte();
      big |= BigInt(byte & 127) << BigInt(7 * i);
      if (byte < 128) return Number(BigInt.asIntN(64, big));
    }
    return this.broken('a number has more than ten bytes');
  }

  /** Enters the next field before `end`; false at the end. */
  next(end: number): boolean {
    if (this.at >= end) {
      if (this.at > end) this.broken('a field runs over the end of its message');
      return false;
    }
    this.fieldStart = this.at;
    const key = this.varint();
    this.field = Math.floor(key / 8);
    this.type = key % 8;
    if (this.field === 0) this.broken('field number 0');
    if (this.type === BYTES) {
      const length = this.varint();
      if (length < 0 || this.at + length > end) this.broken(`a field of ${length} bytes does not fit into its message`);
      this.payloadEnd = this.at + length;
    } else if (this.type !== VARINT && this.type !== FIXED64 && this.type !== FIXED32)
      this.broken(`wire type ${this.type}`);
    return true;
  }

  /**
   * Reads the message in the field that was entered, and insists that it ends where its length says.
   * @param read is given the end of the message
   */
  message<T>(read: (end: number) => T): T {
    this.expect(BYTES);
    const end = this.payloadEnd;
    const result = read(end);
    if (this.at !== end) this.broken('a message does not end where it should');
    return result;
  }

  /** Place of the field that was entered: with its key from `start`, its payload from `from`. */
  span(): { readonly start: number; readonly from: number; readonly end: number } {
    return { start: this.fieldStart, from: this.at, end: this.payloadEnd };
  }

  /** Leaves the field that was entered without looking at it. */
  skip(): void {
    if (this.type === BYTES) this.at = this.payloadEnd;
    else if (this.type === VARINT) this.varint();
    else this.#advance(this.type === FIXED64 ? 8 : 4);
  }

  #advance(bytes: number): void {
    this.at += bytes;
    if (this.at > this.#source.size) this.broken('the file ends too early');
  }

  /** Insists on the wire type of a known field. */
  expect(type: number): void {
    if (this.type !== type) this.broken(`field ${this.field} has wire type ${this.type} instead of ${type}`);
  }

  number(): number {
    this.expect(VARINT);
    return this.varint();
  }

  float(): number {
    this.expect(FIXED32);
    const bytes = this.#take(4);
    return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
  }

  string(): string {
    this.expect(BYTES);
    const length = this.payloadEnd - this.at;
    if (length > MAX_STRING) this.broken(`a name of ${length} bytes`);
    return new TextDecoder().decode(this.#take(length));
  }

  bytes(): Uint8Array {
    this.expect(BYTES);
    return this.#take(this.payloadEnd - this.at);
  }

  /** One number, or a packed list of them. */
  numbers(into: number[], most: number): void {
    if (this.type === VARINT) into.push(this.varint());
    else {
      this.expect(BYTES);
      const end = this.payloadEnd;
      while (this.at < end) {
        if (into.length >= most) this.broken(`a list of more than ${most} numbers`);
        into.push(this.varint());
      }
      if (this.at !== end) this.broken('a list of numbers runs over its end');
    }
    if (into.length > most) this.broken(`a list of more than ${most} numbers`);
  }

  #take(length: number): Uint8Array {
    const place = this.at - this.#base;
    if (place >= 0 && place + length <= this.#window.length) {
      this.at += length;
      return this.#window.slice(place, place + length);
    }
    if (this.at + length > this.#source.size) this.broken('the file ends too early');
    const bytes = this.#source.read(this.at, length);
    this.at += length;
    return bytes;
  }
}
