// Networks for the benchmarks of accelerators, written here: one that multiplies much, one that moves much memory.
import { writeFileSync } from 'node:fs';
import { ProtobufWriter } from '../dist/base/protobuf/writer.js';

const FLOAT = 1;
const FLOAT16 = 10;

const encoded = (write) => {
  const writer = new ProtobufWriter(1 << 26);
  write(writer);
  return writer.take();
};
const value = (w, field, name, type, shape) =>
  w.message(field, () => {
    w.text(1, name);
    w.message(2, () =>
      w.message(1, () => {
        w.varint(1, type);
        w.message(2, () => {
          for (const d of shape) w.message(1, () => (typeof d === 'number' ? w.varint(1, d) : w.text(2, d)));
        });
      }),
    );
  });
const node = (w, operator, inputs, output, ints = {}) =>
  w.message(1, () => {
    for (const input of inputs) w.text(1, input);
    w.text(2, output);
    w.text(3, `${operator}_${output}`);
    w.text(4, operator);
    for (const [name, list] of Object.entries(ints))
      w.message(5, () => {
        w.text(1, name);
        for (const v of list) w.varint(8, v);
        w.varint(20, 7);
      });
  });

function model(file, graph) {
  const body = encoded(graph);
  writeFileSync(
    file,
    encoded((w) => {
      w.varint(1, 8);
      w.text(2, 'infersight bench');
      w.bytes(7, body);
      w.message(8, () => {
        w.text(1, '');
        w.varint(2, 17);
      });
    }),
  );
  return file;
}

/** 3x3 convolutions of 512 channels on 64 x 64, in FP16: bound by what the GPU multiplies. */
export function convolutions(file, layers = 6) {
  const shape = [1, 512, 64, 64];
  return model(file, (w) => {
    for (let i = 0; i < layers; i++)
      node(w, 'Conv', [i === 0 ? 'x' : `h${i}`, `w${i}`], i === layers - 1 ? 'y' : `h${i + 1}`, {
        kernel_shape: [3, 3],
        pads: [1, 1, 1, 1],
      });
    w.text(2, 'convolutions');
    const weights = new Uint16Array(512 * 512 * 9);
    for (let i = 0; i < layers; i++) {
      // Small values of both signs, as bits of float16.
      for (let k = 0; k < weights.length; k++)
        weights[k] = 0x1c00 | ((k * 2654435761) & 0x8000) | ((k * 40503) & 0x3ff);
      w.message(5, () => {
        for (const d of [512, 512, 3, 3]) w.varint(1, d);
        w.varint(2, FLOAT16);
        w.text(8, `w${i}`);
        w.bytes(9, new Uint8Array(weights.buffer));
      });
    }
    value(w, 11, 'x', FLOAT16, shape);
    value(w, 12, 'y', FLOAT16, shape);
  });
}

/** Transpositions of 64 MB between sums: bound by the memory of the GPU. */
export function movements(file, layers = 4) {
  const sizes = [
    [1, 16, 1024, 1024],
    [1, 1024, 16, 1024],
  ];
  return model(file, (w) => {
    for (let i = 0; i < layers; i++) {
      node(w, 'Transpose', [i === 0 ? 'x' : `s${i}`], `t${i}`, { perm: [0, 2, 1, 3] });
      node(w, 'Relu', [`t${i}`], i === layers - 1 ? 'r' : `s${i + 1}`);
    }
    node(w, 'ReduceMax', ['r'], 'y', { axes: [2, 3] });
    w.text(2, 'movements');
    value(w, 11, 'x', FLOAT, sizes[0]);
    value(w, 12, 'y', FLOAT, [1, sizes[layers % 2][1], 1, 1]);
  });
}

/** Many small convolutions of an open batch: bound by what starting a layer takes, so that a batch of two takes little longer than one. */
export function manyLayers(file, layers = 400) {
  const shape = ['N', 4, 2, 2];
  return model(file, (w) => {
    for (let i = 0; i < layers; i++)
      node(w, 'Conv', [i === 0 ? 'x' : `h${i}`, `w${i}`], i === layers - 1 ? 'y' : `h${i + 1}`, {
        kernel_shape: [3, 3],
        pads: [1, 1, 1, 1],
      });
    w.text(2, 'many_layers');
    // Each layer hands on what it is given, so that values stay what they are however many there are.
    const weights = new Float32Array(4 * 4 * 9);
    for (let c = 0; c < 4; c++) weights[(c * 4 + c) * 9 + 4] = 1;
    for (let i = 0; i < layers; i++)
      w.message(5, () => {
        for (const d of [4, 4, 3, 3]) w.varint(1, d);
        w.varint(2, FLOAT);
        w.text(8, `w${i}`);
        w.bytes(9, new Uint8Array(weights.buffer));
      });
    value(w, 11, 'x', FLOAT, shape);
    value(w, 12, 'y', FLOAT, shape);
  });
}
