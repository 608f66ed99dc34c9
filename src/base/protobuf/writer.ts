/** Writes protocol-buffer messages; a long file is taken in pieces, so that it is never one array. */
import { BYTES, FIXED64, VARINT } from './wire.js';

/** Size of the pieces of a long file. */
const PIECE = 1 << 22;
/** Bytes of a length that is written before what it counts: messages up to 2 MB need no more. */
const LENGTH_BYTES = 3;

/** Writes fields one after another. */
export class ProtobufWriter {
  readonly #piece: number;
  readonly #encoder = new TextEncoder();
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #at = 0;

  /** @param piece bytes after which `takeFull` gives a piece */
  constructor(piece: number = PIECE) {
    this.#piece = piece;
    this.#bytes = new Uint8Array(piece + 1024);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** A piece when one is full, else undefined. Asked between whole messages. */
  takeFull(): Uint8Array | undefined {
    return this.#at >= this.#piece ? this.take() : undefined;
  }

  /** Everything that was written since the last piece. */
  take(): Uint8Array {
    const piece = this.#bytes.slice(0, this.#at);
    this.#at = 0;
    return piece;
  }

  /** @param value natural, exact up to 2^53 */
  varint(field: number, value: number): void {
    this.#key(field, VARINT);
    this.#number(value);
  }

  /** A signed 64-bit number; negative ones take ten bytes. */
  int64(field: number, value: bigint): void {
    this.#key(field, VARINT);
    let rest = BigInt.asUintN(64, value);
    this.#ensure(10);
    while (rest > 127n) {
      this.#bytes[this.#at++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#bytes[this.#at++] = Number(rest);
  }

  double(field: number, value: number): void {
    this.#key(field, FIXED64);
    this.#ensure(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  fixed64(field: number, value: number): void {
    this.#key(field, FIXED64);
    this.#ensure(8);
    this.#view.setUint32(this.#at, value >>> 0, true);
    this.#view.setUint32(this.#at + 4, Math.floor(value / 2 ** 32), true);
    this.#at += 8;
  }

  text(field: number, value: string): void {
    this.bytes(field, this.#encoder.encode(value));
  }

  bytes(field: number, content: ArrayLike<number>): void {
    this.#key(field, BYTES);
    this.#number(content.length);
    this.#ensure(content.length);
    this.#bytes.set(content, this.#at);
    this.#at += content.length;
  }

  /** Room for the length is left before it is known; a message that needs more of it is moved. */
  message(field: number, inside: () => void): void {
    this.#key(field, BYTES);
    this.#ensure(LENGTH_BYTES);
    const place = this.#at;
    this.#at += LENGTH_BYTES;
    inside();
    const length = this.#at - place - LENGTH_BYTES;
    const end = this.#at;
    this.#at = place;
    if (length < 2 ** (7 * LENGTH_BYTES)) {
      this.#bytes[place] = (length & 127) | 128;
      this.#bytes[place + 1] = ((length >> 7) & 127) | 128;
      this.#bytes[place + 2] = length >> 14;
      this.#at = end;
      return;
    }
    const content = this.#bytes.slice(place + LENGTH_BYTES, end);
    this.#number(length);
    this.#ensure(length);
    this.#bytes.set(content, this.#at);
    this.#at += length;
  }

  #key(field: number, type: number): void {
    this.#number(field * 8 + type);
  }

  #number(value: number): void {
    this.#ensure(8);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }

  #ensure(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const bytes = new Uint8Array(2 * this.#bytes.length + more);
    bytes.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
