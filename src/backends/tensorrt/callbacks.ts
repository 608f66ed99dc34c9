/** Objects that TensorRT calls: their tables are made of functions of ours. */
import koffi from 'koffi';
import type { TrtLibrary } from './library.js';

const P = 'void *';

/** Severities of TensorRT's log. */
export const SEVERITIES = ['internal error', 'error', 'warning', 'info', 'verbose'] as const;
/** One of them. */
export type Severity = (typeof SEVERITIES)[number];

/** An object whose table holds functions of ours; alive as long as this is. */
export interface Callback {
  readonly pointer: bigint;
  /** Gives the functions back; TensorRT must not call the object any more. */
  release(): void;
}

type KoffiType = string | ReturnType<typeof koffi.struct>;
interface Entry {
  readonly result: KoffiType;
  readonly args: readonly string[];
  readonly run: (...args: never[]) => unknown;
}

const entry = (result: KoffiType, args: readonly string[], run: (...args: never[]) => unknown): Entry => ({
  result,
  args,
  run,
});
const NOTHING = entry('void', [], () => undefined);

function objectWith(entries: readonly (Entry | bigint)[], keep: readonly unknown[] = []): Callback {
  const registered: bigint[] = [];
  const table = new BigUint64Array(new ArrayBuffer(8 * entries.length));
  entries.forEach((e, i) => {
    if (typeof e === 'bigint') {
      table[i] = e;
      return;
    }
    const pointer = koffi.register(
      (_self: unknown, ...args: never[]) => e.run(...args),
      koffi.pointer(koffi.proto(e.result, [P, ...e.args])),
    ) as unknown as bigint;
    registered.push(pointer);
    table[i] = koffi.address(pointer as never);
  });
  const object = new BigUint64Array(new ArrayBuffer(8));
  object[0] = koffi.address(table);
  const kept = { object, table, registered, keep };
  return {
    pointer: koffi.address(object),
    release: () => {
      for (const pointer of kept.registered.splice(0)) koffi.unregister(pointer as never);
    },
  };
}

const INTERFACE_INFO = koffi.struct({ kind: P, major: 'int32_t', minor: 'int32_t' });

/** The first four places of interfaces that tell their version. */
function versioned(name: string): { readonly entries: readonly Entry[]; readonly keep: Uint8Array } {
  const text = new TextEncoder().encode(`${name}\0`);
  const keep = new Uint8Array(new ArrayBuffer(text.length));
  keep.set(text);
  return {
    keep,
    entries: [
      entry('int32_t', [], () => 0),
      entry(INTERFACE_INFO, [], () => ({ kind: koffi.address(keep), major: 1, minor: 0 })),
      NOTHING,
      NOTHING,
    ],
  };
}

/** The table of an interface whose first places are those of its version from TensorRT `since` on, and a destructor at its end before. */
function tableOf({ version }: TrtLibrary, name: string, since: number, methods: readonly (Entry | bigint)[]): Callback {
  if (version.major < since) return objectWith([...methods, NOTHING, NOTHING]);
  const { entries, keep } = versioned(name);
  return objectWith([...entries, ...methods], [keep]);
}

/** Hears every line of TensorRT's log, of whatever thread. */
export const makeLogger = (library: TrtLibrary, onLine: (severity: Severity, text: string) => void): Callback =>
  tableOf(library, 'ILogger', 11, [
    entry('void', ['int32_t', 'str'], (severity: number, text: string) => {
      onLine(SEVERITIES[severity] ?? 'info', text);
    }),
  ]);

/**
 * A logger that says nothing and belongs to no thread: its function is one of the C library that does nothing with what it is given.
 * Objects that threads share must not call a function of JavaScript, which would wait for the thread that it belongs to.
 */
export function silentLogger(library: TrtLibrary): Callback {
  const labs = koffi.load('libc.so.6').symbol('labs') as unknown as bigint;
  return tableOf(library, 'ILogger', 11, [koffi.address(labs as never)]);
}

/** Hears the time of every layer of a run, ms. */
export const makeProfiler = (library: TrtLibrary, onLayer: (name: string, ms: number) => void): Callback =>
  tableOf(library, 'IProfiler', 11, [
    entry('void', ['str', 'float'], (name: string, ms: number) => {
      onLayer(name, ms);
    }),
  ]);

/** What a build tells of itself. */
export interface Progress {
  phase(name: string, parent: string | null, steps: number): void;
  /** False ends the build. */
  step(name: string, step: number): boolean;
  done(name: string): void;
}

/** From TensorRT 10 on. */
export const makeProgressMonitor = (library: TrtLibrary, progress: Progress): Callback =>
  tableOf(library, 'IProgressMonitor', 10, [
    entry('void', ['str', 'str', 'int32_t'], (name: string, parent: string | null, steps: number) => {
      progress.phase(name, parent, steps);
    }),
    entry('bool', ['str', 'int32_t'], (name: string, step: number) => progress.step(name, step)),
    entry('void', ['str'], (name: string) => {
      progress.done(name);
    }),
  ]);

/** Gives memory for an output whose size shows only when the network runs. */
export interface OutputMemory {
  /** Address of at least so many bytes on the device; 0 where there is none. */
  allocate(bytes: number): bigint;
  shape(shape: readonly number[]): void;
}

const SHAPE_WORDS = 8;

/** One output's allocator. */
export function makeOutputAllocator(library: TrtLibrary, memory: OutputMemory): Callback {
  const allocate = (_name: string, _current: bigint | null, size: number | bigint): bigint =>
    memory.allocate(Number(size));
  const shaped = (_name: string, dims: bigint): void => {
    const rank = koffi.decode(dims, 'int32_t') as number;
    const wide = library.version.major >= 10;
    const sizes = koffi.decode(dims, wide ? 8 : 4, koffi.array(wide ? 'int64_t' : 'int32_t', SHAPE_WORDS, 'Array'));
    memory.shape((sizes as unknown[]).slice(0, Math.max(0, rank)).map(Number));
  };
  const old = entry(P, ['str', P, 'uint64_t', 'uint64_t'], allocate);
  const notify = entry('void', ['str', P], shaped);
  if (library.version.major < 10) return objectWith([entry('int32_t', [], () => 1), old, notify, NOTHING, NOTHING]);
  const { entries, keep } = versioned('IOutputAllocator');
  return objectWith([...entries, old, entry(P, ['str', P, 'uint64_t', 'uint64_t', P], allocate), notify], [keep]);
}

const ENTROPY_CALIBRATION_2 = 2;

/** A calibrator that knows a cache and nothing else. */
export function makeCalibrator(library: TrtLibrary, cache: Uint8Array): Callback {
  const bytes = new Uint8Array(new ArrayBuffer(Math.max(1, cache.length)));
  bytes.set(cache);
  const methods = [
    entry('int32_t', [], () => 1),
    entry('bool', [P, P, 'int32_t'], () => false),
    entry(P, [P], (length: bigint) => {
      koffi.encode(length, 'size_t', cache.length);
      return koffi.address(bytes);
    }),
    entry('void', [P, 'size_t'], () => undefined),
    entry('int32_t', [], () => ENTROPY_CALIBRATION_2),
  ];
  if (library.version.major < 10) return objectWith([...methods, NOTHING, NOTHING], [bytes]);
  const { entries, keep } = versioned('IInt8EntropyCalibrator2');
  return objectWith([...entries, ...methods], [keep, bytes]);
}
