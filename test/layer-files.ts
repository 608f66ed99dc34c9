/** Small layer files of trtexec for tests, and what comes of them. */
import { problemsOf } from '../src/base/problem.js';
import { reportSources } from '../src/explorer/sources.js';

/** Of the first problem; anything else that is thrown goes on. */
export const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    const [problem] = problemsOf(error) ?? [];
    if (problem) return problem.message;
    throw error;
  }
  return 'nothing was thrown';
};
export const tensor = (Name: string, Dimensions: number[], format: string) => ({
  Name,
  Dimensions,
  'Format/Datatype': format,
});
export const info = (Layers: unknown[], Bindings: string[] = []) => JSON.stringify({ Layers, Bindings });
export const explore = (...texts: string[]) =>
  reportSources(
    texts.map((text, i) => ({ file: `f${i}.json`, text })),
    { name: 'e' },
  );
export const conv = (Name: string, x: string, y: string, more = {}) => ({
  Name,
  LayerType: 'CaskConvolution',
  ParameterType: 'Convolution',
  Inputs: [tensor(x, [1, 8, 4, 4], 'Row major linear FP32')],
  Outputs: [tensor(y, [1, 8, 4, 4], 'Row major linear FP32')],
  Kernel: [3, 3],
  Groups: 1,
  Weights: { Type: 'Float', Count: 576 },
  ...more,
});
export const record = (name: string, averageMs: number) => ({
  name,
  timeMs: averageMs * 10,
  averageMs,
  medianMs: averageMs,
  percentage: 1,
});
