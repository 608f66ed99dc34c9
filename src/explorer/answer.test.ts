import { describe, expect, it } from 'vitest';
import type { EngineComparison } from '../formats/engine/engine-comparison.js';
import type { EngineReport } from '../formats/engine/engine-report.js';
import type { Layer } from '../formats/engine/layer-table.js';
import { comparisonAnswer, engineAnswer } from './answer.js';
import { blocksOf } from './blocks.js';
import { roomOf } from './room.js';

const layer = (name: string, ms?: number, onnx: string[] = []): Layer =>
  ({
    name,
    type: 'Convolution',
    subtype: '',
    device: 'gpu',
    inputs: [],
    outputs: [],
    onnx,
    ...(ms === undefined ? {} : { time: { mean_ms: ms, share: ms / 10 } }),
  }) as unknown as Layer;
const report = (layers: Layer[], bounds: (number | undefined)[], more: object = {}): EngineReport =>
  ({
    summary: {
      layers: layers.length,
      time: { ...(layers[0].time ? { layers_sum_ms: 10 } : {}), measured: [] },
      by_type: [{ name: 'Convolution', count: layers.length, share: 1, mean_ms: 10 }],
      by_precision: [{ name: 'FP16', count: layers.length, share: 1, mean_ms: 10 }],
    },
    findings: [],
    layers: bounds.map((b) => (b === undefined ? {} : { bound_ms: b, bound_by: 'memory' })),
    table: { layers },
    ...more,
  }) as unknown as EngineReport;

describe('an engine against its bound', () => {
  it('counts a layer below its bound as at it, and one without a bound as it is', () => {
    const found = roomOf(report([layer('a', 4), layer('b', 3), layer('c', 3)], [1, 5, undefined]));
    expect(found).toMatchObject({ time: 10, bound: 7, used: 0.7, known: 0.7 });
    expect(found?.layers).toEqual([{ layer: 0, time: 4, bound: 1, by: 'memory', room: 3 }]);
  });
  it('is a sentence, with the layer that has most room', () => {
    const { headline, reasons } = engineAnswer(report([layer('a', 4), layer('b', 6)], [1, 6]));
    expect(headline).toBe('10.0 ms a run; the bound of this device is 7.000 ms.');
    expect(reasons).toEqual([
      'It is used to 70 %.',
      '2 Convolution layers take 100 % of the time, nearly all in FP16.',
      'a takes 40 % and reaches 25 % of its bound.',
    ]);
  });
  it('claims nothing without times', () => {
    expect(engineAnswer(report([layer('a'), layer('b')], [1, 1])).headline).toBe('2 layers, not timed.');
    expect(roomOf(report([layer('a')], [1]))).toBeUndefined();
  });
});

describe('blocks by name', () => {
  it('are runs of the same beginning, on two levels', () => {
    const names = [1, 2, 3].flatMap((stage) =>
      [1, 2].flatMap((block) => [1, 2, 3].map((i) => layer(`conv${stage}_block${block}_${i}_conv/Conv2D`))),
    );
    const { stages, blocks } = blocksOf(names);
    expect(stages.map((s) => [s.name, s.from, s.to])).toEqual([
      ['conv1', 0, 6],
      ['conv2', 6, 12],
      ['conv3', 12, 18],
    ]);
    expect(blocks.map((b) => b.name).slice(0, 2)).toEqual(['block1', 'block2']);
    expect(blocks[0].from).toBe(0);
    expect(blocks.at(-1)?.to).toBe(18);
  });
  it('belong to the layer that a copy is made for', () => {
    const { stages } = blocksOf([
      layer('Reformatting CopyNode for Input Tensor 0 to stem/conv1'),
      layer('stem/conv1'),
      layer('head/fc'),
    ]);
    expect(stages.map((s) => s.name)).toEqual(['stem', 'head']);
  });
  it('are none where names have nothing in common', () => {
    expect(blocksOf(Array.from({ length: 200 }, (_, i) => layer(`${String.fromCharCode(97 + (i % 26))}${i}`)))).toEqual(
      {
        stages: [],
        blocks: [],
      },
    );
  });
});

describe('two engines', () => {
  const engine = (measured_ms: number) => ({
    name: 'x',
    tool: 't',
    layers: 2,
    measured_ms,
    weights_bytes: 0,
    activations_bytes: 0,
  });
  const side = (name: string, mean_ms: number) => ({ name, type: 't', precision: 'p', mean_ms });
  it('are told apart by a run, the largest difference, and what the slower could gain', () => {
    const pairs = [
      { a: side('x', 4), b: side('x', 1), difference_ms: -3, changes: ['precision'] },
      { a: side('y', 1), b: side('y', 2), difference_ms: 1, changes: [] },
    ];
    const compared = { a: engine(5), b: engine(3), pairs } as unknown as EngineComparison;
    expect(comparisonAnswer(compared)).toEqual({
      headline: 'B takes 40 % less than A: 3.000 ms instead of 5.000 ms a run.',
      reasons: [
        'The largest difference is x: 3.000 ms less, with another precision.',
        '1 of 2 matched layers is faster in A: as fast in B, it would save 1.000 ms.',
      ],
    });
    expect(comparisonAnswer({ ...compared, b: engine(5.1) }).headline).toBe('B takes as long as A: 5.100 ms a run.');
  });
});
