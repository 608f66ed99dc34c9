/** What ONNX itself defines: operators, opsets and IR versions up to onnx 1.23. */
import { domainName, type Model, type Node } from './read/graph.js';

/** Opset of ai.onnx, and the IR version that goes with it. */
const NEWEST_OPSET = 28;
const NEWEST_IR = 14;

const STANDARD = new Set(
  `Abs Acos Acosh Add AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh Attention AveragePool BatchNormalization
  Bernoulli BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow Cast CastLike CausalConvWithState
  Ceil Celu CenterCropPad Clip Col2Im Compress Concat ConcatFromSequence Constant ConstantOfShape Conv ConvInteger
  ConvTranspose Cos Cosh CumProd CumSum DFT DeformConv DepthToSpace DequantizeLinear Det Div Dropout DynamicQuantizeLinear
  Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool
  GlobalLpPool GlobalMaxPool Greater GreaterOrEqual GridSample GroupNormalization HammingWindow HannWindow HardSigmoid
  HardSwish Hardmax Identity If ImageDecoder InstanceNormalization IsInf IsNaN LRN LSTM LayerNormalization LeakyRelu Less
  LessOrEqual LinearAttention Log LogSoftmax Loop LpNormalization LpPool MatMul MatMulInteger Max MaxPool MaxRoiPool
  MaxUnpool Mean MeanVarianceNormalization MelWeightMatrix Min Mish Mod Mul Multinomial Neg NegativeLogLikelihoodLoss
  NonMaxSuppression NonZero Not OneHot Optional OptionalGetElement OptionalHasElement Or PRelu Pad Pow QLinearConv
  QLinearMatMul QuantizeLinear RMSNormalization RNN RandomNormal RandomNormalLike RandomUniform RandomUniformLike Range
  Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
  ReduceSumSquare RegexFullMatch Relu Reshape Resize ReverseSequence RoiAlign RotaryEmbedding Round STFT Scan Scatter
  ScatterElements ScatterND Selu SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength
  SequenceMap Shape Shrink Sigmoid Sign Sin Sinh Size Slice Softmax SoftmaxCrossEntropyLoss Softplus Softsign SpaceToDepth
  Split SplitToSequence Sqrt Squeeze StringConcat StringNormalizer StringSplit Sub Sum SwiGLU Swish Tan Tanh TensorScatter
  TfIdfVectorizer ThresholdedRelu Tile TopK Transpose Trilu Unique Unsqueeze Upsample Where Xor`
    .trim()
    .split(/\s+/),
);

/** Domains whose operators come with runtimes. */
const KNOWN_DOMAINS =
  /^(ai\.onnx(\.ml|\.training|\.preview(\.training)?)?|com\.microsoft(\..*)?|com\.ms\..*|org\.pytorch\.aten|pkg\..*)?$/;

/** Notes on what a runtime may not know: operators, opset and IR version. @param nodes of all graphs */
export function strangeNotes(model: Model, nodes: readonly Node[]): string[] {
  const functions = new Set(model.functions.map((f) => `${f.domain}.${f.name}`));
  const unknown = new Set<string>();
  const foreign = new Set<string>();
  for (const { operator, domain } of nodes) {
    if (functions.has(`${domain}.${operator}`)) continue;
    if (domain === '' || domain === 'ai.onnx') {
      if (!STANDARD.has(operator)) unknown.add(operator);
    } else if (!KNOWN_DOMAINS.test(domain)) foreign.add(`${domain}.${operator}`);
  }
  const opset = model.opsets.get('') ?? model.opsets.get('ai.onnx') ?? 0;
  return [
    ...(unknown.size > 0
      ? [`${domainName('')} has no operator ${[...unknown].join(', ')}: no runtime will load it`]
      : []),
    ...(foreign.size > 0
      ? [
          `${[...foreign].join(', ')}: operators of one's own; a runtime needs their library (build: { custom_ops: [..] })`,
        ]
      : []),
    ...(opset > NEWEST_OPSET ? [`opset ${opset} is newer than ${NEWEST_OPSET}, the newest that was known here`] : []),
    ...(model.irVersion > NEWEST_IR
      ? [`IR version ${model.irVersion} is newer than ${NEWEST_IR}, the newest that was known here`]
      : []),
  ];
}
