// A TensorRT layer file of any size: residual blocks with reformats, two heads, a profile for it. Used by bench and tests.

const tensor = (name, shape, format) => ({
  Name: name,
  Location: 'Device',
  Dimensions: shape,
  'Format/Datatype': format,
});
const FORMATS = [
  'Thirty-two wide channel vectorized row major Int8 format',
  'Channel major FP16 format where channel % 8 == 0',
];

/** @returns {{ info: string, profile: string, layers: number }} texts of the two files */
export function makeEngine(layers) {
  const list = [];
  const conv = (name, from, to, format, extra = []) =>
    list.push({
      Name: name,
      LayerType: 'CaskConvolution',
      Inputs: [tensor(from, [1, 64, 56, 56], format), ...extra.map((e) => tensor(e, [1, 64, 56, 56], format))],
      Outputs: [tensor(to, [1, 64, 56, 56], format)],
      ParameterType: 'Convolution',
      Kernel: [3, 3],
      Groups: 1,
      Weights: { Type: 'Int8', Count: 36864 },
      TacticName: 'sm80_xmma_fprop_implicit_gemm_interleaved_i8i8_i8i32_f32_tensor16x8x32_t1r3s3',
      TacticValue: '0x0',
      Metadata: `[ONNX Layer: /${name}/Conv]\u001e[ONNX Layer: /${name}/Relu]`,
    });
  let from = 'images';
  for (let block = 0; list.length < layers - 2; block++) {
    const format = FORMATS[Math.floor(block / 8) % 2];
    conv(`block${block}.conv1`, from, `t${block}.1`, format);
    if (block % 4 === 0) conv(`block${block}.branch`, from, `t${block}.b`, format);
    conv(`block${block}.conv2`, `t${block}.1`, `t${block}.2`, format, [block % 4 === 0 ? `t${block}.b` : from]);
    if (block % 8 === 7) {
      list.push({
        Name: `Reformatting CopyNode for Output Tensor 0 to block${block}.conv2`,
        LayerType: 'Reformat',
        Inputs: [tensor(`t${block}.2`, [1, 64, 56, 56], format)],
        Outputs: [tensor(`t${block}.r`, [1, 64, 56, 56], FORMATS[(Math.floor(block / 8) + 1) % 2])],
        ParameterType: 'Reformat',
        Origin: 'REFORMAT',
        TacticValue: '0x0',
      });
    }
    from = block % 8 === 7 ? `t${block}.r` : `t${block}.2`;
  }
  conv('head.boxes', from, 'boxes', FORMATS[0]);
  conv('head.scores', from, 'scores', FORMATS[0]);
  const records = list.map((l, i) => ({
    name: l.Name,
    timeMs: 1 + (i % 7),
    averageMs: (1 + (i % 7)) / 100,
    medianMs: (1 + (i % 7)) / 100,
    percentage: 0.01,
  }));
  return {
    info: JSON.stringify({ Layers: list, Bindings: ['images', 'boxes', 'scores'] }),
    profile: JSON.stringify([{ count: 100 }, ...records]),
    layers: list.length,
  };
}
