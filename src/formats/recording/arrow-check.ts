/**
 * Does an Arrow file hold together? The library that reads it believes every length that it finds, and a few changed
 * bytes can claim millions of columns. Every vector of the flatbuffers is looked at here first: it must lie in the file.
 * Layout: Arrow's File.fbs, Message.fbs and Schema.fbs.
 */

const MAGIC = 'ARROW1';
/** Fields, blocks and the like that a recording could have; it has a few dozen. */
const MOST_ENTRIES = 100_000;
/** Fields inside of fields. */
const DEEPEST = 4;
/** Slots of the tables, as byte offsets in their vtables. */
const FOOTER = { schema: 6, dictionaries: 8, batches: 10, metadata: 12 } as const;
const SCHEMA = { fields: 6, metadata: 8 } as const;
const FIELD = { children: 14, metadata: 16 } as const;
const MESSAGE = { kind: 6, header: 8 } as const;
const BATCH = { length: 4, nodes: 6, buffers: 8, variadic: 12 } as const;
const DICTIONARY = { data: 6 } as const;
const DICTIONARY_BATCH = 2;

class Broken extends Error {}

class Walk {
  readonly #view: DataView;
  #entries = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  file(): void {
    const end = this.#view.byteLength - 10;
    const footer = end - this.#view.getInt32(end, true);
    const table = this.#root(footer);
    this.#schema(this.#table(table, FOOTER.schema));
    this.#vector(table, FOOTER.metadata, 4);
    for (const slot of [FOOTER.dictionaries, FOOTER.batches])
      for (const block of this.#vector(table, slot, 24)) this.#message(Number(this.#view.getBigInt64(block, true)));
  }

  #schema(table: number | undefined): void {
    if (table === undefined) throw new Broken();
    this.#vector(table, SCHEMA.metadata, 4);
    this.#fields(table, SCHEMA.fields, 0);
  }

  #fields(table: number, slot: number, depth: number): void {
    if (depth > DEEPEST) throw new Broken();
    for (const at of this.#vector(table, slot, 4)) {
      const field = at + this.#view.getUint32(at, true);
      this.#vector(field, FIELD.metadata, 4);
      this.#fields(field, FIELD.children, depth + 1);
    }
  }

  /** A message begins with a mark, the length of its header, and the header. */
  #message(at: number): void {
    const table = this.#root(at + 8);
    const header = this.#table(table, MESSAGE.header);
    const kind = this.#slot(table, MESSAGE.kind);
    if (header === undefined || kind === undefined) throw new Broken();
    const batch = this.#view.getUint8(kind) === DICTIONARY_BATCH ? this.#table(header, DICTIONARY.data) : header;
    if (batch === undefined) throw new Broken();
    const rows = this.#slot(batch, BATCH.length);
    if (rows !== undefined) this.#rows(rows);
    for (const node of this.#vector(batch, BATCH.nodes, 16)) this.#rows(node);
    this.#vector(batch, BATCH.buffers, 16);
    this.#vector(batch, BATCH.variadic, 8);
  }

  /** A row takes at least a bit. */
  #rows(at: number): void {
    const rows = this.#view.getBigInt64(at, true);
    if (rows < 0n || rows > BigInt(8 * this.#view.byteLength)) throw new Broken();
  }

  #root(at: number): number {
    return at + this.#view.getUint32(at, true);
  }

  /** Place of a value, or undefined where the table has none. */
  #slot(table: number, slot: number): number | undefined {
    const vtable = table - this.#view.getInt32(table, true);
    if (slot >= this.#view.getUint16(vtable, true)) return undefined;
    const offset = this.#view.getUint16(vtable + slot, true);
    return offset === 0 ? undefined : table + offset;
  }

  #table(table: number, slot: number): number | undefined {
    const at = this.#slot(table, slot);
    return at === undefined ? undefined : at + this.#view.getUint32(at, true);
  }

  /** Places of the elements. */
  #vector(table: number, slot: number, stride: number): number[] {
    const at = this.#table(table, slot);
    if (at === undefined) return [];
    const length = this.#view.getUint32(at, true);
    this.#entries += length;
    if (this.#entries > MOST_ENTRIES || at + 4 + length * stride > this.#view.byteLength) throw new Broken();
    return Array.from({ length }, (_, i) => at + 4 + i * stride);
  }
}

/** Whether it is an Arrow file whose parts all lie in it. */
export function isWholeArrow(bytes: Uint8Array): boolean {
  if (bytes.length < 20 || Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1') !== MAGIC) return false;
  try {
    new Walk(bytes).file();
    return true;
  } catch (error) {
    // A read beyond the end of the file is a RangeError.
    if (error instanceof Broken || error instanceof RangeError) return false;
    throw error;
  }
}
