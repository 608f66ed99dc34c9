/** trtexec's text output, build and inference: options, device, memory plan, DLA placement, performance, warnings. */
import type { DlaFallback, EngineLog } from '../engine-log.js';
import type { LayerProfile } from './profile.js';
import { DlaReader } from './trtexec-dla.js';
import { TableReader } from './trtexec-tables.js';

interface Line {
  readonly level: string;
  readonly text: string;
}

const MAX_WARNINGS = 200;
const MAX_WARNING_CHARS = 500;

/** `[mm/dd/yyyy-hh:mm:ss] [I] [TRT] text`, the two tags also the other way round, or `INFO: [TRT]: text`. */
function parseLine(raw: string): Line {
  const line = raw.replace(/^\s*\[\d\d\/\d\d\/\d{4}-\d\d:\d\d:\d\d\]\s*/, '');
  const named = /^\s*(INFO|WARNING|ERROR|VERBOSE):\s*(?:\[TRT\]:?\s*)?(.*)$/.exec(line);
  if (named) return { level: named[1][0], text: named[2] };
  const tagged = /^\s*(?:\[TRT\]\s*)?\[([IWEVF])\]\s?(?:\[TRT\]\s*)?(.*)$/.exec(line);
  return tagged ? { level: tagged[1], text: tagged[2] } : { level: '', text: line };
}

/** Whether text is a log of trtexec or of a builder. */
export const isTrtexecLog = (text: string): boolean =>
  /^&&&& (RUNNING|PASSED|FAILED) TensorRT/m.test(text) ||
  /^\[\d\d\/\d\d\/\d{4}-\d\d:\d\d:\d\d\] (\[TRT\] )?\[[IWEV]\]/m.test(text) ||
  /^\s*(\[[IWEV]\]|INFO:|WARNING:) \[TRT\]/m.test(text);

/** 8501 is 8.5.1 and 100300 is 10.3.0. */
export function versionOf(number: string): string {
  const n = Number(number);
  const [major, minor, patch] =
    number.length <= 4
      ? [Math.floor(n / 1000), Math.floor(n / 100) % 10, n % 100]
      : [Math.floor(n / 10000), Math.floor(n / 100) % 100, n % 100];
  return `${major}.${minor}.${patch}`;
}

const SECTION = /^=== (.+?) ===\s*$/;
const METRIC = /^(Latency|Enqueue Time|H2D Latency|GPU Compute Time|D2H Latency): (min = .*)$/;

/** Nothing is thrown: what is not recognised is left out. */
export function readTrtexecLog(text: string): EngineLog {
  return readTrtexecText(text).log;
}

/** The same, with the tables of layers that --dumpProfile and --dumpLayerInfo print among the lines. */
export function readTrtexecText(text: string): {
  readonly log: EngineLog;
  readonly profile?: LayerProfile;
  /** As in a layer file, names alone or lines of text. */
  readonly layers?: readonly string[];
} {
  const log = new LogReader();
  for (const raw of text.split(/\r?\n/)) log.line(raw);
  return { log: log.result(), ...log.tables() };
}

class LogReader {
  readonly #options: Record<string, Record<string, string>> = {};
  readonly #metrics: Record<string, Record<string, number>> = {};
  readonly #memory: Record<string, number> = {};
  readonly #build: Record<string, number> = {};
  readonly #warnings = new Set<string>();
  readonly #dla = new DlaReader();
  #section = '';
  #version: string | undefined;
  #command: string | undefined;
  #passed: boolean | undefined;
  #throughput: number | undefined;
  readonly #tables = new TableReader();

  line(raw: string): void {
    if (raw.startsWith('&&&& ')) {
      this.#banner(raw);
      return;
    }
    const { level, text } = parseLine(raw);
    if (this.#tables.take(text)) return;
    const section = SECTION.exec(text);
    if (section) {
      this.#section = section[1];
      return;
    }
    if (this.#dla.take(text)) return;
    if (level === 'W' || level === 'E') this.#warning(text);
    if (this.#metric(text) || this.#fact(text)) return;
    const pair = /^([^:]{1,60}): ?(.*)$/.exec(text);
    if (!pair || !/(Options|Information)$/.test(this.#section) || level === 'W') return;
    const values = this.#options[this.#section] ?? {};
    values[pair[1].trim()] = pair[2].trim();
    this.#options[this.#section] = values;
  }

  #banner(raw: string): void {
    const found = /^&&&& (\w+) TensorRT\.trtexec(?: \[TensorRT v(\d{4,6})\])?(?: \[b\d+\])?(?: # (.*))?/.exec(raw);
    if (!found) return;
    if (found[2]) this.#version = versionOf(found[2]);
    if (found[3]) this.#command = found[3].trim();
    if (found[1] === 'PASSED') this.#passed = true;
    if (found[1] === 'FAILED') this.#passed = false;
  }

  #warning(text: string): void {
    if (text.trim() !== '' && this.#warnings.size < MAX_WARNINGS)
      this.#warnings.add(text.trim().slice(0, MAX_WARNING_CHARS));
  }

  #metric(text: string): boolean {
    const throughput = /^Throughput: ([\d.e+]+) qps/.exec(text);
    if (throughput) this.#throughput = Number(throughput[1]);
    const metric = METRIC.exec(text);
    if (metric) {
      this.#metrics[metric[1]] = Object.fromEntries(
        [...metric[2].matchAll(/(min|max|mean|median|percentile\(([\d.]+)%\)) = ([\d.e+-]+) ms/g)].map(
          ([, name, p, value]) => [p === undefined ? name : `p${p}`, Number(value)],
        ),
      );
    }
    return throughput !== null || metric !== null;
  }

  #fact(text: string): boolean {
    const version = /^TensorRT version: (\d+\.\d+[.\d]*)/.exec(text);
    if (version) this.#version ??= version[1];
    const memory = /^Total (Host Persistent|Device Persistent|Activation|Weights) Memory: (\d+)/.exec(text);
    if (memory) this.#memory[memory[1].toLowerCase().replace(' ', '_')] = Number(memory[2]);
    const scratch = /^(?:Total Scratch|Max Scratch|Total Max Scratch) Memory: (\d+)/.exec(text);
    if (scratch) this.#memory.scratch = Number(scratch[1]);
    const facts: readonly (readonly [string, RegExp])[] = [
      ['seconds', /^Engine built in ([\d.]+) sec/],
      ['generation_s', /^Engine generation completed in ([\d.]+) seconds/],
      ['engine_mib', /^(?:(?:Created|Loaded) engine with size|Loaded engine size): ([\d.]+) MiB/],
      ['context_mib', /^Created execution context with device memory size: ([\d.]+) MiB/],
      ['peak_cpu_mib', /Peak memory usage of TRT CPU\/GPU memory allocators: CPU (\d+) MiB/],
      ['peak_gpu_mib', /Peak memory usage of TRT CPU\/GPU memory allocators: CPU \d+ MiB, GPU (\d+) MiB/],
    ];
    let hit = version !== null || memory !== null || scratch !== null;
    for (const [name, pattern] of facts) {
      const found = pattern.exec(text);
      if (!found) continue;
      this.#build[name] = Number(found[1]);
      hit = true;
    }
    return hit;
  }

  tables(): ReturnType<TableReader['result']> {
    return this.#tables.result();
  }

  result(): EngineLog {
    const { 'Device Information': device = {}, ...options } = this.#options;
    const { dla, gpu, fallbacks } = this.#dla.result();
    const found: { -readonly [K in keyof EngineLog]: EngineLog[K] } = {
      options,
      device,
      memory: this.#memory,
      build: this.#build,
      performance: this.#metrics,
      dla,
      gpu,
      fallbacks: fallbacks as DlaFallback[],
      warnings: [...this.#warnings],
    };
    if (this.#version !== undefined) found.version = this.#version;
    if (this.#command !== undefined) found.command = this.#command;
    if (this.#passed !== undefined) found.passed = this.#passed;
    if (this.#throughput !== undefined) found.throughput_qps = this.#throughput;
    return found;
  }
}
