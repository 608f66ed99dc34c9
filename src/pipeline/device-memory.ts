/** Whether the engines of a scenario fit into the memory of their device together, before anything is measured. */
import { freemem } from 'node:os';
import type { Problem } from '../base/problem.js';
import type { EngineManifest } from '../formats/engine/engine.js';
import { jetPack } from '../machine/jetson.js';
import { Nvml } from '../machine/nvml.js';
import { textIn } from '../machine/tree.js';
import type { TaskRequest } from '../profiler/messages.js';

const MIB = 2 ** 20;
const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;

/** A task, and what it takes of the memory of its device. */
export interface MemoryNeed {
  readonly task: string;
  /** Tasks with equal keys share an engine. */
  readonly key: string;
  readonly engineBytes: number;
  /** Of its own: context, inputs and outputs. */
  readonly ownBytes: number;
}

/** What tasks take of a device, the first to name an engine with its weights. */
export function memoryProblem(device: string, needs: readonly MemoryNeed[], free: number): Problem | undefined {
  const loaded = new Set<string>();
  const rows = needs.map(({ task, key, engineBytes, ownBytes }) => {
    const shared = loaded.has(key);
    loaded.add(key);
    const bytes = ownBytes + (shared ? 0 : engineBytes);
    return { text: `${task} ${mib(bytes)}${shared ? ' (engine shared)' : ''}`, bytes };
  });
  const total = rows.reduce((sum, r) => sum + r.bytes, 0);
  if (total <= free) return undefined;
  return {
    code: 'run',
    message: `the engines need ${mib(total)} of ${device} together, and ${mib(free)} are free: ${rows.map((r) => r.text).join(', ')}`,
    hint: 'stop other programs on the device, or use smaller engines: fp16, smaller shapes, fewer models at once',
  };
}

const needOf = (task: string, { key, device_memory: memory }: EngineManifest): MemoryNeed | undefined =>
  memory && {
    task,
    key,
    engineBytes: memory.engine_bytes,
    ownBytes: memory.context_bytes + memory.io_bytes,
  };

/** Bytes that programs may still take of a GPU; undefined where the system does not say. A Jetson's is that of its CPU. */
function freeOf(index: number): number | undefined {
  if (jetPack()) {
    const available = /^MemAvailable:\s+(\d+) kB/m.exec(textIn('/proc/meminfo') ?? '')?.[1];
    return available === undefined ? freemem() : Number(available) * 1024;
  }
  const library = Nvml.open();
  if (!library || index >= library.count) return undefined;
  const { memoryTotal, memoryUsed } = library.read(index);
  library.close();
  return memoryTotal === undefined || memoryUsed === undefined ? undefined : memoryTotal - memoryUsed;
}

/** One problem for each device that is too small. @param names of the tasks, in the order of the requests */
export function checkDeviceMemory(names: readonly string[], requests: readonly TaskRequest[]): Problem[] {
  const byDevice = new Map<string, MemoryNeed[]>();
  requests.forEach(({ engine }, i) => {
    const need = needOf(names[i] ?? '', engine);
    // A DLA reads the memory of the first GPU.
    const device = engine.build.accelerator.startsWith('gpu:') ? engine.build.accelerator : 'gpu:0';
    if (need) byDevice.set(device, [...(byDevice.get(device) ?? []), need]);
  });
  return [...byDevice].flatMap(([device, needs]) => {
    const free = freeOf(Number(device.slice('gpu:'.length)));
    return free === undefined ? [] : (memoryProblem(device, needs, free) ?? []);
  });
}
