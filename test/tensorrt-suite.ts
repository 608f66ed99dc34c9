/** What the backend TensorRT must do, with the tables of one major version, on the double. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, BuildEvent, ModelSource, OpenContext, Session } from '../dist/backends/backend.js';
import { CELL, CELLS } from '../dist/backends/backend.js';
import { loadBackend } from '../dist/backends/registry.js';
import { tensorrt as card } from '../dist/formats/backends/tensorrt.js';
import { fill } from '../src/backends/make-feeds.js';
import type { EngineManifest } from '../src/formats/engine/engine.js';
import type { Dtype } from '../src/formats/tensor/tensor.js';
import { model, node, unary, value } from './onnx-writer.js';
import { makeDouble } from './tensorrt-double/make.js';

type Options = Record<string, unknown>;

/** One suite per process: the libraries of two versions do not go together. @param real on the TensorRT that is here, not on the double */
export function tensorrtSuite(major: 8 | 10 | 11, real = false): void {
  const root = mkdtempSync(join(tmpdir(), `infersight-trt${major}-`));
  const cache = process.env.XDG_CACHE_HOME;
  let backend: Backend;
  let count = 0;
  beforeAll(async () => {
    if (!real) {
      const folder = makeDouble(major);
      process.env.TENSORRT_LIB_DIR = folder;
      process.env.CUDA_DRIVER_LIB = join(folder, 'libcuda.so.1');
    }
    process.env.XDG_CACHE_HOME = join(root, 'cache');
    backend = await loadBackend('tensorrt', root);
  }, 120_000);
  afterEach(() => {
    delete process.env.DOUBLE_FAULT;
    delete process.env.DOUBLE_DLA;
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
    if (cache === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = cache;
  });
  const never = new AbortController().signal;
  /** What does not depend on the tables is looked at with those of one version. */
  const once = major === 10 ? it : it.skip;
  const stamps = new Float64Array(CELLS);

  function source(
    bytes: Uint8Array,
    shapes: Record<string, number[]>,
    options: Options = {},
    facts: Options = {},
  ): ModelSource {
    const name = `m${count++}`;
    const file = join(root, `${name}.onnx`);
    writeFileSync(file, bytes);
    const build = {
      kind: 'tensorrt',
      options: card.resolve({ verify: false, optimization_level: 0, ...options }, { accelerator: 'gpu' }),
    };
    const summary = {
      name,
      file,
      bytes: bytes.length,
      sha256: name,
      opsets: {},
      producer: '',
      operators: {},
      inputs: [],
      outputs: [],
      external_data: [],
      ...facts,
    };
    return {
      spec: {
        name,
        inputs: {},
        backend: 'tensorrt',
        accelerator: 'gpu',
        precision: options.precision ?? 'as_is',
        build,
      },
      file,
      folder: root,
      summary,
      shapes,
    } as unknown as ModelSource;
  }
  const built = async (
    model: ModelSource,
    events: BuildEvent[] = [],
    signal = never,
  ): Promise<{ engine: EngineManifest; into: string }> => {
    const into = join(root, `engine${count++}`);
    return { engine: await backend.build(model, { into, accelerator: 'gpu' }, (e) => events.push(e), signal), into };
  };
  interface Made {
    readonly engine: EngineManifest;
    readonly into: string;
  }
  const reopen = ({ engine, into }: Made, context?: Partial<OpenContext>): Promise<Session> =>
    backend.open(
      engine,
      into,
      { accelerator: 'gpu' },
      context && {
        task: 't',
        seed: 1,
        priority: 'normal',
        shared: async (_, n) => new SharedArrayBuffer(n),
        ...context,
      },
    );
  const open = async (model: ModelSource): Promise<Session> => reopen(await built(model));
  const relus = (layers: number, shape: (number | string)[] = [2, 3]): Uint8Array =>
    model({
      nodes: Array.from({ length: layers }, (_, i) =>
        node('Relu', [i === 0 ? 'x' : `h${i}`], [i === layers - 1 ? 'y' : `h${i + 1}`]),
      ),
      inputs: [value('x', 'float32', shape)],
      outputs: [value('y', 'float32', shape)],
    });
  const floats = (...values: number[]): Float32Array => Float32Array.of(...values);

  describe(`TensorRT ${major} by the tables`, () => {
    it('says what it is', async () => {
      expect(await backend.probe()).toMatchObject({
        id: 'tensorrt',
        version: real
          ? expect.stringMatching(new RegExp(`^${major}\\.`))
          : { 8: '8.6.1', 10: '10.6.0', 11: '11.1.0' }[major],
        accelerators: [{ name: 'gpu:0', provider: real ? expect.stringMatching(/./) : 'Double' }],
      });
    });

    // All types once; the other major versions have the same code and other tables.
    const types: Dtype[] =
      major === 10
        ? [
            ...(['float32', 'float16', 'bfloat16', 'int8', 'int32', 'int64', 'bool'] as const),
            // Of a model that only hands them on, the real TensorRT takes no other.
            ...(real ? [] : (['uint8', 'float64'] as const)),
          ]
        : ['float32', 'int64'];
    for (const dtype of types)
      it(`runs ${dtype}, also where TensorRT has another type for it`, async () => {
        const io = [{ name: 'x', dtype, shape: [2, 3] }];
        const session = await open(
          source(
            unary('Identity', dtype, [2, 3]),
            { x: [2, 3] },
            {},
            { inputs: io, outputs: [{ ...io[0], name: 'y' }] },
          ),
        );
        expect(session.inputs).toMatchObject([{ name: 'x', dtype, shape: [2, 3] }]);
        const data = fill(dtype as 'float32', 6, (i) => (dtype === 'bool' ? i % 2 : i + 1));
        session.bind({ x: { dtype, shape: [2, 3], data } });
        for (let i = 0; i < 3; i++) session.infer(stamps, i);
        const { y } = session.results();
        expect(y).toMatchObject({ dtype, shape: [2, 3] });
        expect([...(y.data as Float32Array)]).toEqual([...(data as Float32Array)]);
        session.close();
      });

    it('stamps copies and computing on the host clock, with the CUDA graph and without', async () => {
      for (const [cuda_graph, layers] of [
        ['off', 3],
        ['on', 0.5],
      ] as const) {
        const session = await open(source(relus(3), { x: [2, 3] }, { cuda_graph }));
        session.bind({ x: { dtype: 'float32', shape: [2, 3], data: floats(-1, 2, -3, 4, -5, 6) } });
        for (let i = 0; i < 20; i++) {
          const before = performance.now();
          session.infer(stamps, i);
          const after = performance.now();
          const [enqueued, start, end, copiedIn, computed] = [
            CELL.enqueueEnd,
            CELL.deviceStart,
            CELL.deviceEnd,
            CELL.copyInEnd,
            CELL.computeEnd,
          ].map((c) => stamps[c]);
          expect(start).toBeGreaterThan(before - 0.02);
          expect(end).toBeLessThan(after + 0.02);
          expect(enqueued).toBeLessThan(after);
          expect(copiedIn - start).toBeGreaterThanOrEqual(real ? 0 : 0.24);
          expect(computed - copiedIn).toBeGreaterThanOrEqual(real ? 0 : layers * 0.99);
          expect(end - computed).toBeGreaterThanOrEqual(real ? 0 : 0.24);
        }
        expect([...(session.results().y.data as Float32Array)]).toEqual([0, 2, 0, 4, 0, 6]);
        session.close();
      }
    });

    once('reads a large input in place, pinned or not', async () => {
      const made = await built(source(unary('Neg', 'float32', [32768]), { x: [32768] }));
      for (const fault of ['', 'no_pin']) {
        process.env.DOUBLE_FAULT = fault;
        const session = await reopen(made);
        const data = new Float32Array(new ArrayBuffer(4 * 32768)).fill(1);
        session.bind({ x: { dtype: 'float32', shape: [32768], data } });
        session.infer(stamps, 0);
        data.fill(5);
        session.infer(stamps, 1);
        expect((session.results().y.data as Float32Array)[32767]).toBe(-5);
        session.close();
      }
    });

    once('takes other values of the same shape without being bound anew', async () => {
      const session = await open(source(unary('Neg', 'float32', [32768]), { x: [32768] }));
      const seen = [1, 2, 3].map((value) => {
        session.bind({ x: { dtype: 'float32', shape: [32768], data: new Float32Array(32768).fill(value) } });
        session.infer(stamps, 0);
        return (session.results().y.data as Float32Array)[5];
      });
      expect(seen).toEqual([-1, -2, -3]);
      session.close();
    });

    it('feeds outputs back on the device', async () => {
      const doubling = model({
        nodes: [node('Add', ['x', 'x'], ['y'])],
        inputs: [value('x', 'float32', [1])],
        outputs: [value('y', 'float32', [1])],
      });
      for (const cuda_graph of ['off', 'on']) {
        const session = await open(source(doubling, { x: [1] }, { cuda_graph }));
        session.bind({ x: { dtype: 'float32', shape: [1], data: floats(1) } }, { x: 'y' });
        const seen = [0, 1, 2, 3].map((i) => {
          session.infer(stamps, i);
          return (session.results().y.data as Float32Array)[0];
        });
        expect(seen).toEqual([2, 4, 8, 16]);
        session.close();
      }
    });

    it('takes outputs whose size shows only when it runs, and says that they have no CUDA graph', async () => {
      const bytes = model({
        nodes: [node('NonZero', ['x'], ['y'])],
        inputs: [value('x', 'float32', [4])],
        outputs: [value('y', 'int64', [1, 'n'])],
      });
      const session = await open(
        source(bytes, { x: [4] }, {}, { outputs: [{ name: 'y', dtype: 'int64', shape: [1, 'n'] }] }),
      );
      const data = floats(1, 0, 0, 0);
      session.bind({ x: { dtype: 'float32', shape: [4], data } });
      session.infer(stamps, 0);
      expect([...(session.results().y.data as BigInt64Array)]).toEqual([0n]);
      data.set([1, 0, 1, 1]);
      session.infer(stamps, 1);
      expect(session.results().y).toMatchObject({ dtype: 'int64', shape: [1, 3] });
      expect([...(session.results().y.data as BigInt64Array)]).toEqual([0n, 2n, 3n]);
      expect(session.notes).toEqual([expect.stringMatching(/no CUDA graph: the size of output y/)]);
      session.close();
    });

    it('chooses the optimisation profile that fits, and names the shapes that the engine takes', async () => {
      const shapes = [
        { x: { min: [1, 3], opt: [2, 3], max: [4, 3] } },
        { x: { min: [8, 3], opt: [8, 3], max: [16, 3] } },
      ];
      const session = await open(source(relus(1, ['n', 3]), { x: [2, 3] }, { shapes }));
      for (const n of [1, 4, 8, 16]) {
        session.bind({ x: { dtype: 'float32', shape: [n, 3], data: new Float32Array(3 * n).fill(n) } });
        session.infer(stamps, 0);
        expect(session.results().y.shape).toEqual([n, 3]);
      }
      expect(() => session.bind({ x: { dtype: 'float32', shape: [6, 3], data: new Float32Array(18) } })).toThrow(
        /takes \[6,3\] for input x; profile 0 takes \[1,3\] to \[4,3\]/,
      );
      session.close();
    });

    once('loads an engine once for all tasks that run it', async () => {
      const { engine, into } = await built(source(relus(1), { x: [2, 3] }));
      const memory = new Map<string, SharedArrayBuffer>();
      const shared: OpenContext['shared'] = async (name, bytes) =>
        memory.get(name) ?? (memory.set(name, new SharedArrayBuffer(bytes)).get(name) as SharedArrayBuffer);
      const context = { task: 't', seed: 1, priority: 'high' as const, shared };
      const sessions = await Promise.all(
        [1, 2, 3].map(() => backend.open(engine, into, { accelerator: 'gpu' }, context)),
      );
      expect(memory.size).toBe(1);
      const [words] = [...memory.values()];
      expect(new Int32Array(words)[1]).toBe(3);
      for (const [i, session] of sessions.entries()) {
        session.bind({ x: { dtype: 'float32', shape: [2, 3], data: floats(...Array(6).fill(i)) } });
        session.infer(stamps, 0);
      }
      expect(sessions.map((s) => (s.results().y.data as Float32Array)[0])).toEqual([0, 1, 2]);
      for (const session of sessions) session.close();
      expect(new BigInt64Array(words, 8)[0]).toBe(0n);
    });

    it('tells layers with their times, and the engine beside them', async () => {
      const { engine, into } = await built(source(relus(2), { x: [2, 3] }, { verify: true }));
      expect(engine).toMatchObject({
        target: {
          tensorrt: expect.any(String),
          gpu: real ? expect.any(String) : 'Double',
          compute_capability: real ? expect.any(String) : '8.7',
        },
        device_memory: { context_bytes: real ? expect.any(Number) : 4096, io_bytes: 48 },
        trial: real
          ? { gpu_ms: expect.any(Number), graph_gpu_ms: expect.any(Number) }
          : { gpu_ms: expect.closeTo(2, 0), graph_gpu_ms: expect.closeTo(0.5, 0) },
        verification: { within: true },
      });
      const { Layers: told } = JSON.parse(readFileSync(join(into, 'layer-info.json'), 'utf8'));
      expect(told.length).toBeGreaterThanOrEqual(real ? 1 : 2);
      const session = await backend.open(engine, into, { accelerator: 'gpu' });
      session.bind({ x: { dtype: 'float32', shape: [2, 3], data: new Float32Array(6) } });
      const table = session.layers?.(4);
      expect(table).toMatchObject({ source: 'tensorrt', detail: 'full', runs: 4 });
      const times = table?.layers.map((l) => l.time?.mean_ms);
      if (real) expect(times?.every((ms) => ms !== undefined && ms > 0)).toBe(true);
      else expect(table?.layers.map((l) => [l.tactic, l.time?.mean_ms])).toEqual(Array(2).fill(['double_Relu', 1]));
      session.close();
    });

    once('keeps what was timed for the next build, and the log', async () => {
      const { into } = await built(source(relus(1), { x: [2, 3] }));
      await built(source(relus(1), { x: [2, 3] }));
      expect(readFileSync(join(into, 'build.log'), 'utf8')).toMatch(
        real ? /\[I\] \[TRT\] / : /\[W\] \[TRT\] a warning from another thread/,
      );
      const timing = join(root, 'cache/infersight/timing');
      const [file] = (await import('node:fs')).readdirSync(timing);
      expect(readFileSync(join(timing, file), 'utf8')).toMatch(real ? /./ : /^(timed;){2,}$/);
    });

    it('names every operator that TensorRT does not know, and the node', async () => {
      const bytes = model({
        nodes: [node('Frobnicate', ['x'], ['h']), node('Twiddle', ['h'], ['y'])],
        inputs: [value('x', 'float32', [2])],
        outputs: [value('y', 'float32', [2])],
      });
      const problems = await built(source(bytes, { x: [2] }, {}, { operators: { Frobnicate: 1, Twiddle: 3 } })).catch(
        (e) => e.problems,
      );
      expect(problems.map((p: { message: string }) => p.message)).toEqual([
        expect.stringMatching(/uses the operator Frobnicate, which the ONNX parser of TensorRT/),
        expect.stringMatching(/uses the operator Twiddle \(3 nodes\)/),
      ]);
    });

    it('refuses a plan of another version with both versions, and one that is none', async () => {
      const { engine, into } = await built(source(relus(1), { x: [2, 3] }));
      const plan = readFileSync(join(into, 'engine.plan'));
      plan[24] = 9;
      writeFileSync(join(into, 'engine.plan'), plan);
      await expect(backend.open(engine, into, { accelerator: 'gpu' })).rejects.toThrow(
        new RegExp(`was built by TensorRT 9\\..*and this is TensorRT ${major}\\.`),
      );
      writeFileSync(join(into, 'engine.plan'), 'no plan at all, though it is long enough');
      await expect(backend.open(engine, into, { accelerator: 'gpu' })).rejects.toThrow(/is no TensorRT plan/);
    });

    once('takes a plan that was built elsewhere', async () => {
      const { into } = await built(
        source(relus(1, ['n', 3]), { x: [2, 3] }, { shapes: { x: { min: [1, 3], opt: [2, 3], max: [4, 3] } } }),
      );
      const bare = source(relus(1), {});
      const to = join(root, `engine${count++}`);
      const { file: _, summary: __, ...rest } = bare;
      const engine = await backend.describe?.(
        rest as ModelSource,
        { into: to, accelerator: 'gpu' },
        join(into, 'engine.plan'),
        () => undefined,
        never,
      );
      expect(engine).toMatchObject({
        io: { inputs: [{ name: 'x', dtype: 'float32' }] },
        build: { shapes: { x: [2, 3] }, options: { profiles: [{ x: { max: [4, 3] } }] } },
      });
      const session = await backend.open(engine as EngineManifest, to, { accelerator: 'gpu' });
      session.bind({ x: { dtype: 'float32', shape: [4, 3], data: new Float32Array(12).fill(2) } });
      session.infer(stamps, 0);
      expect(session.results().y.shape).toEqual([4, 3]);
      session.close();
    });

    once('waits by watching, by yielding and by sleeping', async () => {
      const made = await built(source(relus(1), { x: [2, 3] }));
      for (const completeVia of ['spin', 'yield', 'blocking'] as const) {
        const session = await reopen(made, { completeVia });
        expect(session.completeVia).toBe(completeVia);
        session.bind({ x: { dtype: 'float32', shape: [2, 3], data: floats(1, 2, 3, 4, 5, 6) } });
        session.infer(stamps, 0);
        expect((session.results().y.data as Float32Array)[5]).toBe(6);
        session.close();
      }
    });
  });

  describe.skipIf(real)(`TensorRT ${major} when things go wrong`, () => {
    const faults: [fault: string, message: RegExp][] = [
      ['segfault', /ended the build process \(SIGSEGV\).*about to fall/],
      ['null_engine', /Could not find any implementation for node Relu_0/],
      ['oom', /CUDA could not allocate .*CUDA_ERROR_OUT_OF_MEMORY, out of memory/],
    ];
    for (const [fault, message] of faults)
      once(`${fault} is a problem in words`, async () => {
        const model = source(relus(1), { x: [2, 3] });
        process.env.DOUBLE_FAULT = fault;
        await expect(built(model)).rejects.toThrow(message);
      });

    once('a build that hangs is ended', async () => {
      process.env.DOUBLE_FAULT = 'hang';
      await expect(built(source(relus(1), { x: [2, 3] }, { time_limit: '2 s' }))).rejects.toThrow(
        /it took longer than 2 s.*a warning from another thread/,
      );
    });

    once('an interrupt ends a build through its progress', async () => {
      process.env.DOUBLE_FAULT = 'slow';
      const stop = new AbortController();
      const events: BuildEvent[] = [];
      const build = built(source(relus(1), { x: [2, 3] }), events, stop.signal);
      setTimeout(() => stop.abort(), 1500);
      const begin = performance.now();
      await expect(build).rejects.toThrow(/interrupted/);
      expect(performance.now() - begin).toBeLessThan(7000);
      expect(events.some((e) => /Building Engine: \d+ of 1000/.test(e.text))).toBe(true);
    });

    once('a run that is refused is a problem, and a graph that cannot be made is a note', async () => {
      const { engine, into } = await built(source(relus(1), { x: [2, 3] }));
      const feeds = { x: { dtype: 'float32' as const, shape: [2, 3], data: new Float32Array(6) } };
      process.env.DOUBLE_FAULT = 'no_graph';
      const session = await backend.open(engine, into, { accelerator: 'gpu' });
      session.bind(feeds);
      session.infer(stamps, 0);
      expect(session.notes).toEqual([expect.stringMatching(/no CUDA graph: /)]);
      session.close();
      const plain = {
        ...engine,
        build: { ...engine.build, options: { ...engine.build.options, cuda_graph: 'off' } },
      } as EngineManifest;
      process.env.DOUBLE_FAULT = 'enqueue';
      const refused = await backend.open(plain, into, { accelerator: 'gpu' });
      refused.bind(feeds);
      expect(() => {
        for (let i = 0; i < 9; i++) refused.infer(stamps, i);
      }).toThrow(/TensorRT refused to run the engine/);
      refused.close();
    });

    it('layers, precisions and shapes that cannot be are told by name', async () => {
      const wrong: [Options, RegExp][] = [
        [{ shapes: { z: { min: [1], opt: [1], max: [1] } } }, /"z" is no input with an open dimension/],
        [{ io_formats: { z: 'chw' } }, /no input or output "z"/],
        ...(major >= 11
          ? ([[{ precision: 'fp16' }, /it takes the types of the model itself/]] as [Options, RegExp][])
          : ([[{ layers: { 'Conv.*': { precision: 'fp32' } } }, /no layer of the network is named "Conv\.\*"/]] as [
              Options,
              RegExp,
            ][])),
        ...(major === 8
          ? ([[{ precision: 'bf16' }, /TensorRT 8\.6\.1 has no precision bf16/]] as [Options, RegExp][])
          : []),
      ];
      for (const [options, message] of wrong)
        await expect(built(source(relus(1), { x: [2, 3] }, options))).rejects.toThrow(message);
    });

    it('a DLA that is not there is told, and one that is runs', async () => {
      const model = source(relus(1), { x: [2, 3] }, { precision: major >= 11 ? 'as_is' : 'fp16' });
      const dla = (core: number) =>
        backend.build(
          model,
          { into: join(root, `engine${count++}`), accelerator: `dla:${core}` },
          () => undefined,
          never,
        );
      await expect(dla(0)).rejects.toThrow(/there is no DLA core 0; this device has none/);
      process.env.DOUBLE_DLA = '2';
      expect((await dla(1)).build.accelerator).toBe('dla:1');
    });
  });
}
