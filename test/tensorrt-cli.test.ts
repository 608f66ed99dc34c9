/** TensorRT through the command line, on the double: chosen by itself, built in both ways, run beside the CPU, explored. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecording } from '../dist/store/recording.js';
import { model, node, value } from './onnx-writer.js';
import { cli } from './run-cli.js';
import { makeDouble } from './tensorrt-double/make.js';

const root = mkdtempSync(join(tmpdir(), 'infersight-trt-cli-'));
let env: Record<string, string>;
const runCli = (parameters: readonly string[], more: Record<string, string> = {}) =>
  cli(root, parameters, { env: { ...env, ...more } });

/** A program that is a trtexec of 10.6 as far as its help tells, and "builds" by handing out a plan of the double. */
const TRTEXEC = (help: string, plan: string) => `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
const listed = readFileSync(${JSON.stringify(help)}, 'utf8');
if (args.includes('--help')) { console.log(listed); process.exit(0); }
for (const a of args) if (!listed.includes(a.split('=')[0])) { console.error('[E] Unknown option: ' + a); process.exit(1); }
writeFileSync(args.find((a) => a.startsWith('--saveEngine=')).slice(13), readFileSync(${JSON.stringify(plan)}));
console.log('[11/28/2026-10:00:00] [W] [TRT] built as asked: ' + args.filter((a) => !a.includes('/')).join(' '));
`;

beforeAll(async () => {
  const folder = makeDouble(10);
  env = {
    TENSORRT_LIB_DIR: folder,
    CUDA_DRIVER_LIB: join(folder, 'libcuda.so.1'),
    XDG_CACHE_HOME: join(root, 'cache'),
  };
  const io = [value('x', 'float32', [1, 3, 32, 32])];
  writeFileSync(
    join(root, 'net.onnx'),
    model({
      nodes: [node('Relu', ['x'], ['h']), node('Exp', ['h'], ['y'])],
      inputs: io,
      outputs: [value('y', 'float32', [1, 3, 32, 32])],
    }),
  );
  writeFileSync(
    join(root, 'pipeline.yaml'),
    `version: 1
name: mix
models:
  camera: { file: net.onnx, accelerator: gpu, precision: fp16 }
  lidar: { file: net.onnx, backend: tensorrt, accelerator: gpu, build: { via: trtexec, trtexec: ${join(root, 'trtexec')}, optimization_level: 0 } }
  speech: { file: net.onnx, accelerator: cpu }
scenarios:
  street:
    duration: 2 s
    warmup: 200 ms
    settle_limit: 200 ms
    tasks:
      - { model: camera, rate: 50 Hz, deadline: 20 ms, complete_via: blocking }
      - { model: lidar, rate: 25 Hz, priority: high }
      - { model: lidar, name: lidar-2, rate: 25 Hz, phase: 10 ms }
      - { model: speech, rate: 25 Hz }
`,
  );
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('TensorRT in a pipeline', () => {
  it('is chosen for the GPU, built through the library and by trtexec, and run beside the CPU', async () => {
    // A plan for the program that stands for trtexec.
    const first = await runCli(['run', 'pipeline.yaml', '--runs', join(root, 'first'), '--id', 'a', '--plan']);
    expect(first.stdout).toContain('build:camera');
    const prepared = await runCli([
      'stage',
      'prepare',
      '--run',
      join(root, 'p'),
      '--pipeline',
      join(root, 'pipeline.yaml'),
    ]);
    expect(prepared.code).toBe(0);
    expect((await runCli(['stage', 'build:camera', '--run', join(root, 'p')])).code).toBe(0);
    const help = new URL('fixtures/tensorrt/help/10.6.txt', import.meta.url).pathname;
    writeFileSync(join(root, 'trtexec'), TRTEXEC(help, join(root, 'p/engines/camera/engine.plan')));
    chmodSync(join(root, 'trtexec'), 0o755);

    const run = await runCli(['run', 'pipeline.yaml', '--runs', join(root, 'runs'), '--id', 'a', '--force']);
    expect(run.stderr).toMatch(
      /built as asked: --skipInference --stronglyTyped --profilingVerbosity=detailed --builderOptimizationLevel=0/,
    );
    expect([0, 6]).toContain(run.code);
    const engine = (name: string) =>
      JSON.parse(readFileSync(join(root, 'runs/a/engines', name, 'engine.json'), 'utf8'));
    expect(engine('camera')).toMatchObject({
      build: { backend: 'tensorrt', precision: 'fp16', options: { via: 'library' } },
    });
    expect(engine('lidar')).toMatchObject({ build: { backend: 'tensorrt', options: { via: 'trtexec' } } });
    expect(engine('speech')).toMatchObject({ build: { backend: 'onnxruntime' } });
    const { jobs, document } = await readRecording(join(root, 'runs/a/recordings/street/1'));
    expect(document.tasks.map((t) => [t.name, t.backend, t.complete_via])).toEqual([
      ['camera', 'tensorrt', 'blocking'],
      ['lidar', 'tensorrt', 'blocking'],
      ['lidar-2', 'tensorrt', 'blocking'],
      ['speech', 'onnxruntime', 'blocking'],
    ]);
    for (let i = 0; i < jobs.length; i++) {
      if (jobs.outcome[i] !== 1) continue;
      const parts = [jobs.start, jobs.deviceStart, jobs.copyInEnd, jobs.computeEnd, jobs.deviceEnd, jobs.complete].map(
        (c) => c[i],
      );
      if (jobs.task[i] === 3) expect(jobs.deviceStart[i]).toBeNaN();
      else expect(parts).toEqual(parts.toSorted((a, b) => a - b));
    }
    const findings = JSON.parse(readFileSync(join(root, 'runs/a/engines/lidar/explore.json'), 'utf8')).findings;
    expect(findings.map((f: { id: string }) => f.id)).toEqual(
      expect.arrayContaining(['launch_bound', 'builder_level_low']),
    );
    const layers = JSON.parse(readFileSync(join(root, 'runs/a/engines/camera/layers.json'), 'utf8'));
    expect(layers).toMatchObject({ source: 'tensorrt', detail: 'full' });
  }, 120_000);

  it('is described by doctor, with what is missing and how to get it', async () => {
    const { stdout } = await runCli(['doctor']);
    expect(stdout).toMatch(/✓ tensorrt 10\.6\.0/);
    expect(stdout).toMatch(/✓ ONNX parser {2}libnvonnxparser\.so\.10/);
    expect(stdout).toMatch(/- plugins {2}libnvinfer_plugin\.so\.10, which has operators.*libnvinfer-plugin10/);
  });

  it('is left out where the driver sees no GPU, and the CPU runs the models', async () => {
    const { stdout } = await runCli(['doctor'], { DOUBLE_FAULT: 'no_device' });
    expect(stdout).toMatch(/✗ tensorrt {2}CUDA could not start: CUDA_ERROR_NO_DEVICE/);
    expect(stdout).toMatch(/the driver sees no GPU: check nvidia-smi/);
  });

  it('tells which layers a DLA can run, and which not', async () => {
    const without = await runCli(['inspect', 'net.onnx', '--target', 'dla']);
    expect(without.stderr).toMatch(/there is no DLA core 0; this device has none/);
    const { stdout, code } = await runCli(['inspect', 'net.onnx', '--target', 'dla'], { DOUBLE_DLA: '2' });
    expect(code).toBe(0);
    expect(stdout).toMatch(/Relu.*DLA/);
    expect(stdout).toMatch(/Exp.*GPU.*gave no reason/);
    expect(stdout).toMatch(/1 of 2 layers can run on the DLA/);
  });

  it('says so when the engines do not fit into the memory of the GPU together', async () => {
    const folder = join(root, 'p');
    const path = join(folder, 'engines/camera/engine.json');
    expect((await runCli(['stage', 'build:lidar', '--run', folder])).code).toBe(0);
    expect((await runCli(['stage', 'build:speech', '--run', folder])).code).toBe(0);
    const engine = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(
      path,
      JSON.stringify({ ...engine, device_memory: { ...engine.device_memory, engine_bytes: 9 * 2 ** 30 } }),
    );
    const library = join(root, 'libnvidia-ml.so.1');
    const { spawnSync } = await import('node:child_process');
    spawnSync('g++', ['-O1', '-shared', '-fPIC', '-o', library, new URL('nvml-double.cpp', import.meta.url).pathname]);
    const { stderr, code } = await runCli(['stage', 'profile:street', '--run', folder, '--force'], {
      NVML_LIB: library,
    });
    expect(stderr).toMatch(
      /the engines need 9\d+ MiB of gpu:0 together, and 6144 MiB are free: camera 9\d+ MiB, lidar/,
    );
    expect(code).toBe(4);
  }, 60_000);
});
