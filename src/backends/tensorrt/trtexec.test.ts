/** Command lines against the help of real trtexecs of 10.6, 10.15 and 11.2. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tensorrt as card } from '../../formats/backends/tensorrt.js';
import type { Precision } from '../../formats/pipeline/types.js';
import { versionText } from './tables/index.js';
import { commandLine, readHelp, type Trtexec, type TrtexecRequest } from './trtexec.js';

const HELP = new URL('../../../test/fixtures/tensorrt/help/', import.meta.url);
const real = (version: string): Trtexec => {
  const found = readHelp(readFileSync(new URL(`${version}.txt`, HELP), 'utf8'));
  if (!found) throw new Error(`${version} was not recognised`);
  return found;
};
/** Options of versions whose help is not at hand, as their sources parse them. */
const old = (number: number, ...options: string[]): Trtexec => {
  const help = `&&&& RUNNING TensorRT.trtexec [TensorRT v${number}] # trtexec --help\n${options.map((o) => `  ${o}   text`).join('\n')}`;
  const found = readHelp(help);
  if (!found) throw new Error('no help');
  return found;
};
const COMMON =
  '--onnx --saveEngine --fp16 --int8 --best --noTF32 --minShapes --optShapes --maxShapes --profilingVerbosity --memPoolSize --sparsity --timingCacheFile --noBuilderCache --useDLACore --allowGPUFallback --plugins --device --calib --refit --inputIOFormats --precisionConstraints --layerPrecisions --layerOutputTypes'.split(
    ' ',
  );
const V85 = old(8502, ...COMMON, '--buildOnly', '--workspace');
const V86 = old(
  8601,
  ...COMMON,
  '--skipInference',
  '--staticPlugins',
  '--builderOptimizationLevel',
  '--fp8',
  '--versionCompatible',
  '--hardwareCompatibilityLevel',
  '--layerDeviceTypes',
);

const request = (options: Record<string, unknown> = {}, more: Partial<TrtexecRequest> = {}): TrtexecRequest => ({
  onnx: 'm.onnx',
  plan: 'm.plan',
  precision: 'as_is',
  options: card.resolve(options, { accelerator: 'gpu' }),
  shapes: {},
  device: 0,
  ...more,
});
const args = (trtexec: Trtexec, r: TrtexecRequest): readonly string[] => {
  const line = commandLine(trtexec, r);
  if ('problems' in line) throw new Error(line.problems.map((p) => p.message).join('; '));
  return line.args;
};
const problems = (trtexec: Trtexec, r: TrtexecRequest): string => {
  const line = commandLine(trtexec, r);
  return 'problems' in line ? line.problems.map((p) => p.message).join('; ') : '';
};

describe('trtexec', () => {
  it('is told by its help', () => {
    // The one beside TensorRT 11.2 was built from the sources of 11.1, and says so.
    expect(['10.6', '10.15', '11.2'].map((v) => versionText(real(v).version))).toEqual(['10.6.0', '10.15.1', '11.1.0']);
    expect(V85.version).toEqual({ major: 8, minor: 5, patch: 2 });
    expect(readHelp('usage: something else')).toBeUndefined();
  });

  it('gets no option that its help does not list', () => {
    const wishes: [Record<string, unknown>, Partial<TrtexecRequest>][] = [
      [{}, {}],
      [{ workspace: '2 GiB', sparsity: 'enable', optimization_level: 5 }, { timingCache: 't.cache' }],
      [{ dla: { sram: '1 MiB' } }, { dlaCore: 1, precision: 'fp16' }],
      [
        {
          shapes: { x: { min: [1], opt: [2], max: [4] } },
          plugins: ['p.so'],
          refit: true,
          io_formats: { x: 'fp16:chw' },
        },
        { device: 1 },
      ],
    ];
    for (const trtexec of [V85, V86, real('10.6'), real('10.15'), real('11.2')])
      for (const [options, more] of wishes) {
        const line = commandLine(trtexec, request(options, more));
        if ('problems' in line) continue;
        for (const arg of line.args)
          expect(trtexec.options, `${arg} of ${JSON.stringify(trtexec.version)}`).toContain(arg.split('=')[0]);
      }
  });

  it('ends after the build in the way of its version', () => {
    expect(args(V85, request())).toContain('--buildOnly');
    for (const v of [V86, real('10.6'), real('11.2')]) expect(args(v, request())).toContain('--skipInference');
  });

  it('is asked for a precision in the way of its version, and never silently for another', () => {
    const flags = (t: Trtexec, precision: Precision) =>
      args(t, request({}, { precision })).filter((a) => /fp16|TF32|best|bf16|stronglyTyped/.test(a));
    expect(flags(V85, 'fp16')).toEqual(['--fp16']);
    expect(flags(real('10.6'), 'best')).toEqual(['--best']);
    expect(flags(real('10.6'), 'fp32')).toEqual(['--noTF32']);
    expect(flags(real('10.6'), 'as_is')).toEqual(['--stronglyTyped']);
    expect(flags(real('11.2'), 'as_is')).toEqual([]);
    expect(flags(V86, 'as_is')).toEqual([]);
    expect(problems(real('11.2'), request({}, { precision: 'fp16' }))).toMatch(
      /precision: fp16 cannot be asked of trtexec of TensorRT 11\.1/,
    );
    expect(problems(V85, request({}, { precision: 'bf16' }))).toMatch(/8\.5\.2 has no --bf16/);
  });

  it('gets sizes as plain MiB, shapes by profile, and names with a colon in quotes', () => {
    expect(args(real('10.6'), request({ workspace: '2 GiB', dla: { sram: '1 MiB' } }, { dlaCore: 0 }))).toContain(
      '--memPoolSize=workspace:2048,dlaSRAM:1',
    );
    const two = {
      shapes: [
        { 'a:0': { min: [1, 3], opt: [2, 3], max: [4, 3] } },
        { 'a:0': { min: [8, 3], opt: [8, 3], max: [9, 3] } },
      ],
    };
    const line = args(real('10.6'), request(two));
    expect(line.filter((a) => /profile=|Shapes/.test(a))).toEqual([
      '--profile=0',
      "--minShapes='a:0':1x3",
      "--optShapes='a:0':2x3",
      "--maxShapes='a:0':4x3",
      '--profile=1',
      "--minShapes='a:0':8x3",
      "--optShapes='a:0':8x3",
      "--maxShapes='a:0':9x3",
    ]);
    expect(problems(V86, request(two))).toMatch(/builds one optimisation profile, and 2 are asked for/);
    expect(args(V85, request({}, { shapes: { x: [1, 3, 8, 8] } }))).toContain('--optShapes=x:1x3x8x8');
  });

  it('is told layers by name, and one star from 9.1 on', () => {
    const layers = { Conv_1: { precision: 'fp32' }, 'head/.*': { device: 'gpu' } };
    const line = args(real('10.6'), request({ layers }, { precision: 'fp16' }));
    expect(line).toEqual(
      expect.arrayContaining([
        '--precisionConstraints=obey',
        '--layerPrecisions=Conv_1:fp32',
        '--layerDeviceTypes=head/*:GPU',
      ]),
    );
    expect(problems(V86, request({ layers }))).toMatch(/cannot be told the pattern "head\/\.\*"/);
    expect(problems(real('10.6'), request({ layers: { '(a|b)': { precision: 'fp32' } } }))).toMatch(
      /pattern "\(a\|b\)"/,
    );
  });

  it('is told formats with types up to 10, and without from 11 on', () => {
    const io_formats = { x: 'fp16:chw16' };
    expect(args(real('10.6'), request({ io_formats }))).toContain('--inputIOFormats=fp16:chw16');
    expect(args(real('11.2'), request({ io_formats }))).toContain('--inputIOFormats=chw16');
  });
});
