/** What the writer writes the reader reads, and nothing else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteSource, Wire } from './wire.js';
import { ProtobufWriter } from './writer.js';

const sourceOf = (bytes: Uint8Array): ByteSource => ({
  name: 'memory',
  size: bytes.length,
  read: (offset, length) => bytes.slice(offset, offset + length),
});

describe('protobuf', () => {
  it('reads back numbers, text and nested messages of any size', () => {
    const depth = fc.integer({ min: 0, max: 4 });
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 52n), max: 2n ** 52n }), fc.string(), depth, (number, text, levels) => {
        const writer = new ProtobufWriter(16);
        const write = (level: number): void => {
          writer.int64(1, number);
          writer.text(2, text);
          if (level > 0) writer.message(3, () => write(level - 1));
        };
        write(levels);
        const wire = new Wire(sourceOf(writer.take()), 'message');
        const read = (end: number): number => {
          let below = 0;
          while (wire.next(end)) {
            if (wire.field === 1) expect(wire.number()).toBe(Number(number));
            else if (wire.field === 2)
              expect(wire.string()).toBe(new TextDecoder().decode(new TextEncoder().encode(text)));
            else below = 1 + wire.message(read);
          }
          return below;
        };
        expect(read(wire.size)).toBe(levels);
      }),
    );
  });

  it('moves a message that needs a longer length', () => {
    const content = new Uint8Array(3_000_000).map((_, i) => i);
    const writer = new ProtobufWriter(16);
    writer.message(1, () => writer.bytes(2, content));
    writer.varint(4, 7);
    const wire = new Wire(sourceOf(writer.take()), 'message');
    wire.next(wire.size);
    wire.message((end) => {
      wire.next(end);
      expect(Buffer.compare(wire.bytes(), content)).toBe(0);
    });
    wire.next(wire.size);
    expect([wire.field, wire.number()]).toEqual([4, 7]);
  });
});
