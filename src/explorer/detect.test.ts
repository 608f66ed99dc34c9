/** What a file is, what is mended in it, and what is said of one that cannot be read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conv, explore, info, messageOf } from '../../test/layer-files.js';
import { problemsOf } from '../base/problem.js';
import { detect } from './detect.js';
import { parseJson } from './json.js';
import { reportSources } from './sources.js';
import { readableName } from './tensorrt/layer-names.js';

describe('profiles', () => {
  it.each([
    ['a quote', 'say "hi", robot'],
    ['a backslash', 'C:\\model\\conv'],
    ['a control character', 'a\u001eb'],
    ['a quote at the end', 'conv "1"'],
    ['a brace', 'x"}'],
  ])('reads names with %s, which trtexec does not escape', (_, name) => {
    const text = `[\n  { "count" : 2 }\n, { "name" : "${name}", "timeMs" : 2, "averageMs" : 1, "medianMs" : 1, "percentage" : 100 }\n]\n`;
    const { table } = explore(text);
    expect(table.layers[0].name).toBe(readableName(name));
    expect(table.layers[0].time?.mean_ms).toBe(1);
  });
  it('never hangs and never gives anything but a result or a problem', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', 'a', '1', '\n', '\u0000'), { maxLength: 60 }),
        (parts) => {
          const message = messageOf(() => parseJson(parts.join(''), 'f'));
          expect(message === 'nothing was thrown' || message.startsWith('f: is no valid JSON')).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
  it('calls a file cut whose last event ends in a bracket, without looking for names in all of it', () => {
    const text = `[${Array.from({ length: 40_000 }, (_, i) => `{"cat": "Node", "name": "node_${i}", "dur": 3}`).join(',\n')}`;
    expect(messageOf(() => parseJson(text, 'f'))).toBe('f: is no valid JSON: it ends in the middle');
  });
  it('mends what it can and leaves valid JSON as it is', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text, 'f')).toEqual({ data: JSON.parse(text), mended: false });
      }),
    );
  });
});

describe('what a file is', () => {
  it.each([
    ['layer-info', '{"Layers": []}'],
    ['profile', '[{"count": 1}, {"name": "a", "averageMs": 1}]'],
    ['times', '[{"computeMs": 1, "latencyMs": 1}]'],
    ['trex-metadata', '{"device_information": {}}'],
    ['onnxruntime-profile', '[{"cat": "Session", "ph": "X", "name": "model_run", "ts": 1, "dur": 2}]'],
    ['layer-table', '{"version": 2, "layers": []}'],
    ['log', '&&&& RUNNING TensorRT.trtexec [TensorRT v8501] # trtexec\n'],
    ['log', '[08/31/2023-07:07:49] [I] [TRT] ---------- Layers Running on DLA ----------\n'],
  ])('%s', (kind, text) => expect(detect(text, 'f')?.kind).toBe(kind));

  const bad: [string, string, string][] = [
    ['nothing', '', 'f0.json: is empty'],
    ['words', 'hello there', 'f0.json: is text that no reader knows, beginning with "hello there"'],
    ['another JSON', '{"a": 1, "b": 2}', 'f0.json: is JSON with the keys "a", "b"'],
    ['a list of others', '[{"x": 1}]', 'f0.json: is a JSON list of objects with the keys "x"'],
    ['an empty list', '[]', 'f0.json: is an empty JSON list'],
    ['a file cut short', '{"Layers": [{"Name": "a", "Inputs": [', 'f0.json: is no valid JSON: it ends in the middle'],
    ['layers that are no list', '{"Layers": 5, "Bindings": []}', 'f0.json: is JSON with the keys "Layers", "Bindings"'],
    ['no layers', '{"Layers": []}', 'f0.json: has no layers'],
    ['a layer that is a number', '{"Layers": [1]}', 'f0.json: layer 1 is a number, expected an object or a name'],
    [
      'a layer without a name',
      '{"Layers": [{"LayerType": "x"}]}',
      'f0.json: layer 1: "Name" is missing, expected a string',
    ],
    [
      'inputs that are text',
      '{"Layers": [{"Name": "a", "Inputs": "x"}]}',
      'f0.json: layer 1 "a": Inputs is a string, expected a list of tensors',
    ],
    [
      'a tensor without a name',
      '{"Layers": [{"Name": "a", "Inputs": [{}]}]}',
      'f0.json: layer 1 "a": Inputs[0]: "Name" is missing, expected a string',
    ],
    [
      'sizes that are words',
      '{"Layers": [{"Name": "a", "Outputs": [{"Name": "t", "Dimensions": ["n"]}]}]}',
      'f0.json: layer 1 "a": Outputs[0] "t": Dimensions is not a list of numbers',
    ],
    [
      'bindings that are numbers',
      '{"Layers": ["a"], "Bindings": [3]}',
      'f0.json: Bindings[0] is a number, expected a name',
    ],
    [
      'a time that is text',
      '[{"count": 1}, {"name": "a", "averageMs": "fast"}]',
      'f0.json: record 2 "a": "averageMs" is "fast", expected ms',
    ],
    ['a negative time', '[{"name": "a", "averageMs": -1}]', 'f0.json: record 1 "a": "averageMs" is -1, expected ms'],
    [
      'times alone',
      '[{"computeMs": 1, "latencyMs": 1, "h2dMs": 0, "d2hMs": 0, "startEnqMs": 0, "endEnqMs": 1}]',
      'f0.json: holds no layers',
    ],
    [
      'a profile of ONNX Runtime without nodes',
      '[{"cat": "Session", "ph": "X", "name": "x", "ts": 1, "dur": 2}]',
      'f0.json: is a profile of ONNX Runtime without a node in it',
    ],
    [
      'a table of a newer version',
      '{"version": 99, "layers": []}',
      'f0.json: version 99 is newer than version 2, the newest this program reads',
    ],
  ];
  it.each(bad)('%s is a problem', (_, text, message) => expect(messageOf(() => explore(text))).toBe(message));
  it('tells the line and column of a mistake', () => {
    try {
      parseJson('{\n  "Layers": [\n    {"Name": oops}\n]}', 'f');
      expect.unreachable();
    } catch (error) {
      expect(problemsOf(error)?.[0].at).toMatchObject({ line: 3, column: 14 });
    }
  });
  it('refuses two files of one kind, and a file that is not what the option says', () => {
    const text = info([conv('a', 'x', 'y')]);
    expect(messageOf(() => explore(text, text))).toBe('f1.json: there is a layer file already');
    const wrong = [{ file: 'p', text, expect: 'profile' as const }];
    expect(messageOf(() => reportSources(wrong, { name: 'e' }))).toBe(
      'p is a layer file of trtexec (--exportLayerInfo), expected a profile of trtexec (--exportProfile)',
    );
  });
});
