/** A writer of protobuf messages into pieces of a few megabytes, so that a trace of any length is never one array. */

const PIECE = 1 << 22;
/** A message is written whole into the piece; none comes near to this. */
const LARGEST_MESSAGE = 1 << 16;

export class ProtobufWriter {
  #bytes = new Uint8Array(PIECE + LARGEST_MESSAGE);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  readonly #encoder = new TextEncoder();

  /** A piece when one is full, else undefined. */
  takeFull(): Uint8Array | undefined {
    return this.#at >= PIECE ? this.take() : undefined;
  }

  take(): Uint8Array {
    const piece = this.#bytes.slice(0, this.#at);
    this.#at = 0;
    return piece;
  }

  /** @param value natural, exact up to 2^53 */
  varint(field: number, value: number): void {
    this.#number(field * 8);
    this.#number(value);
  }

  double(field: number, value: number): void {
    this.#number(field * 8 + 1);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  fixed64(field: number, value: number): void {
    this.#number(field * 8 + 1);
    this.#view.setUint32(this.#at, value >>> 0, true);
    this.#view.setUint32(this.#at + 4, Math.floor(value / 2 ** 32), true);
    this.#at += 8;
  }

  /** Cut to a length that no name of a person has. */
  text(field: number, value: string): void {
    const bytes = this.#encoder.encode(value.slice(0, 1000));
    this.#number(field * 8 + 2);
    this.#number(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Its length takes three bytes always, so that what is inside need not be moved. */
  message(field: number, inside: () => void): void {
    this.#number(field * 8 + 2);
    const place = this.#at;
    this.#at += 3;
    inside();
    const length = this.#at - place - 3;
    this.#bytes[place] = (length & 127) | 128;
    this.#bytes[place + 1] = ((length >> 7) & 127) | 128;
    this.#bytes[place + 2] = length >> 14;
  }

  #number(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }
}
