import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTegrastats, parseTegrastats, readingsOf } from './tegrastats.js';

const lines = ['tegrastats.txt', 'tegrastats-more.txt'].flatMap((name) =>
  readFileSync(`test/fixtures/telemetry/${name}`, 'utf8')
    .split('\n')
    .filter((l) => l && !l.startsWith('#')),
);

const readingIn = (line: string, name: string) => readingsOf(parseTegrastats(line)).find((r) => r.name === name)?.value;

describe('tegrastats', () => {
  it('reads every real line without an unknown token', () => {
    expect(lines.length).toBeGreaterThan(30);
    for (const line of lines)
      expect(
        parseTegrastats(line).filter((t) => t.kind === 'unknown'),
        line,
      ).toEqual([]);
  });

  it('tells list, temperature and power rail of one name apart', () => {
    const tokens = parseTegrastats('CPU [0%@1190,off] CPU@31.5C GPU 463/463 CPU 618/600');
    expect(tokens.map((t) => [t.kind, t.name])).toEqual([
      ['cpu', 'CPU'],
      ['temperature', 'CPU'],
      ['power', 'GPU'],
      ['power', 'CPU'],
    ]);
    expect(tokens[0]).toMatchObject({ cores: [{ load: 0, clock: 1190 }, {}] });
  });

  it('does not turn a load that is not stated into zero', () => {
    const thor = lines.find((l) => l.includes('GR3D_FREQ @[314,314,314]')) as string;
    expect(readingIn(thor, 'gpu.clock')).toBe(314);
    expect(readingIn(thor, 'gpu.load')).toBeUndefined();
    expect(readingIn('CV0@-256C', 'temperature.cv0')).toBeUndefined();
    expect(readingIn('NVDLA0_FREQ @1600', 'nvdla0.load')).toBeUndefined();
    expect(parseTegrastats('NVDEC off')[0]).toEqual({ kind: 'engine', name: 'NVDEC', on: false });
  });

  it('reads the forms of the first JetPacks, and runs of spaces', () => {
    const tk1 = lines.find((l) => l.includes('EDP limit 1912')) as string;
    expect(readingIn(tk1, 'edp.limit')).toBe(1912);
    expect(readingIn('cpu [1%,0%,4%,0%]@1734', 'cpu.2')).toBe(4);
    expect(readingIn('NVENC   79%@166', 'nvenc.load')).toBe(79);
    expect(readingIn('VDD_IN  4000mW/4000mW', 'power.VDD_IN')).toBe(4000);
    expect(readingIn('GR3D_FREQ  50%@[600,600]', 'gpu.load')).toBe(50);
    expect(parseTegrastats('NVENC      off')[0]).toEqual({ kind: 'engine', name: 'NVENC', on: false });
  });

  it('tells zones of one name apart', () => {
    const spark = 'acpitz@34.8C acpitz@34.1C acpitz@33.8C';
    expect(readingsOf(parseTegrastats(spark)).map((r) => [r.name, r.value])).toEqual([
      ['temperature.acpitz', 34.8],
      ['temperature.acpitz1', 34.1],
      ['temperature.acpitz2', 33.8],
    ]);
  });

  it('reads the forms of JetPack 7.2', () => {
    const tokens = parseTegrastats('cpu@34.3C/34.8C VDD_CPU_SOC_MSS 7953mW/8332mW/8710mW');
    expect(tokens).toEqual([
      { kind: 'temperature', name: 'cpu', celsius: 34.3, maxCelsius: 34.8 },
      { kind: 'power', name: 'VDD_CPU_SOC_MSS', milliwatts: 7953, averageMilliwatts: 8332, maxMilliwatts: 8710 },
    ]);
  });

  it('keeps unknown words and goes on', () => {
    const tokens = parseTegrastats('FOO! RAM 1/2MB (lfb 3x4MB) bar~baz');
    expect(tokens.map((t) => t.kind)).toEqual(['unknown', 'memory', 'unknown']);
  });

  it('reads back what it writes', () => {
    const line =
      '11-20-2026 14:09:00 RAM 3312/24032MB SWAP 0/0MB CPU [12%@2000,7%@2000] GR3D_FREQ 34%@[1980] cpu@45.5C gpu@51C VDD_IN 7312mW/7100mW';
    expect(formatTegrastats(parseTegrastats(line))).toBe(line);
  });

  it('ends on any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.constantFrom(...lines).map((l) => l.slice(7, 90)),
        ),
        (text) => {
          expect(Array.isArray(parseTegrastats(text))).toBe(true);
        },
      ),
    );
  });
});
