import { describe, expect, it } from 'vitest';
import { shorten, timeText } from '../base/text.js';
import { reportSources } from '../explorer/sources.js';
import { drawEngine, shapeText } from './engine-drawing.js';
import { engineSvg } from './engine-svg.js';

const tensor = (Name: string) => ({ Name, Dimensions: [1, 8, -1], 'Format/Datatype': 'Half' });
const layer = (Name: string, x: string, y: string, LayerType = 'CaskConvolution') => ({
  Name,
  LayerType,
  Inputs: [tensor(x)],
  Outputs: [tensor(y)],
});
const draw = (layers: unknown[], bindings: string[] = []) =>
  drawEngine(
    reportSources([{ file: 'f', text: JSON.stringify({ Layers: layers, Bindings: bindings }) }], { name: 'e' }),
  );
const svg = (...parameters: Parameters<typeof draw>) =>
  engineSvg(draw(...parameters), { title: '<t> & "u"', subtitle: 's', colouring: 'type' });

describe('drawing of an engine', () => {
  it('draws inputs, layers, outputs and what they hand over, once per tensor', () => {
    const { nodes, edges } = draw([layer('a', 'x', 't'), layer('b', 't', 'y'), layer('c', 't', 'z')], ['x', 'y', 'z']);
    expect(nodes.map((n) => `${n.kind} ${n.title}`)).toEqual([
      'input x',
      'layer a',
      'layer b',
      'layer c',
      'output y',
      'output z',
    ]);
    expect(edges).toHaveLength(5);
    expect(edges.filter((e) => e.tensor === 't').map((e) => e.label)).toEqual(['1×8×? FP16', '']);
  });
  it('puts DLA and GPU in lanes of their own', () => {
    const { lanes, nodes } = draw([layer('a', 'x', 't', 'DLA'), layer('b', 't', 'y')], ['x', 'y']);
    expect(lanes.map((l) => l.title)).toEqual(['GPU', 'DLA']);
    const inLane = (title: string, i: number) => {
      const lane = lanes.find((l) => l.title === title);
      return nodes[i].x > (lane?.left ?? 0) && nodes[i].x < (lane?.right ?? 0);
    };
    expect([inLane('DLA', 1), inLane('GPU', 2)]).toEqual([true, true]);
  });
  it('writes names as text, whatever they are', () => {
    const text = svg([layer('<script>alert(1)</script>', 'x', 'y'), layer('a\u0007b', 'y', 'z')]);
    expect(text).not.toContain('<script');
    expect(text).not.toMatch(/\p{Cc}(?<!\n)/u);
    expect(text).toContain('&#60;t&#62; &#38; &#34;u&#34;');
  });
  it('draws engines without tensors, and none at all', () => {
    expect(svg(['a', 'b', 'c']).match(/rx="6"/g)).toHaveLength(3);
  });
  it('has short words for sizes, times and names', () => {
    expect([shapeText([]), shapeText([1, -1]), shapeText(undefined)]).toEqual(['scalar', '1×?', '']);
    expect([0, 0.00452, 0.0615, 0.5, 12.34].map(timeText)).toEqual([
      '0 ms',
      '4.52 µs',
      '61.5 µs',
      '0.500 ms',
      '12.3 ms',
    ]);
    expect(shorten('abcdefghij', 5)).toBe('abc…j');
    expect(shorten('abc', 5)).toBe('abc');
  });
});
