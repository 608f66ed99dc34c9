/**
 * Engines of a Jetson by /sys, for machines where tegrastats is not (a container, say): load of the GPU, clocks of devfreq, and of engines
 * that the kernel switches off when they idle how long they were on.
 */
import { join } from 'node:path';
import type { Reading } from '../formats/recording/tegrastats.js';
import { namesIn, namesInOrder, textIn } from '../machine/tree.js';

/** Per mille of the time, as the driver of the GPU averages it. */
const GPU_LOADS = [
  'sys/devices/platform/gpu.0/load',
  'sys/devices/gpu.0/load',
  'sys/devices/platform/bus@0/17000000.gpu/load',
];
/** Names of devfreq and of the host's children: an address, then the engine. */
const ENGINE = /^[0-9a-f]+\.(gpu|gv11b|gp10b|ga10b|gb10b|nvdla\d|pva\d|nvdec\d?|nvenc\d?|vic|ofa|nvjpg\d?)$/;
const HOSTS = ['sys/devices/platform', 'sys/devices/platform/bus@0'];

interface Counter {
  readonly name: string;
  readonly path: string;
}

const number = (path: string): number | undefined => {
  const text = textIn(path)?.trim();
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
};

const engineOf = (name: string): string | undefined => {
  const engine = ENGINE.exec(name)?.[1];
  return engine === undefined || !/^g[vpab]\d/.test(engine) ? engine : 'gpu';
};

function clocksIn(root: string): Counter[] {
  const base = join(root, 'sys/class/devfreq');
  return namesInOrder(base).flatMap((name) => {
    const engine = engineOf(name);
    return engine === undefined ? [] : [{ name: `${engine}.clock`, path: join(base, name, 'cur_freq') }];
  });
}

/** Engines below host1x whose power the kernel switches. */
function switchedIn(root: string): Counter[] {
  return HOSTS.flatMap((folder) =>
    namesIn(join(root, folder))
      .filter((n) => n.endsWith('.host1x'))
      .flatMap((host) =>
        namesInOrder(join(root, folder, host)).flatMap((name) => {
          const engine = engineOf(name);
          const path = join(root, folder, host, name, 'power/runtime_active_time');
          return engine === undefined || number(path) === undefined ? [] : [{ name: engine, path }];
        }),
      ),
  );
}

/** Reads them at every sample. */
export class JetsonReader {
  readonly #load: string | undefined;
  readonly #clocks: readonly Counter[];
  readonly #switched: readonly Counter[];
  /** Time on (ms) at the last sample, and when that was, ns. */
  readonly #last = new Map<string, { readonly on: number; readonly at: bigint }>();

  /** @param root `/`, or the root of a copied tree in tests */
  constructor(root: string) {
    this.#load = GPU_LOADS.map((path) => join(root, path)).find((path) => number(path) !== undefined);
    this.#clocks = clocksIn(root);
    this.#switched = switchedIn(root);
  }

  sample(now: bigint): Reading[] {
    const load = this.#load === undefined ? undefined : number(this.#load);
    return [
      ...(load === undefined ? [] : [{ name: 'gpu.load', unit: 'percent', value: load / 10 }]),
      ...this.#clocks.flatMap(({ name, path }) => {
        const hertz = number(path);
        return hertz === undefined ? [] : [{ name, unit: 'MHz', value: hertz / 1e6 }];
      }),
      ...this.#switched.flatMap((counter) => this.#timeOn(counter, now)),
    ];
  }

  /** Percent of the time since the last sample; an engine stays on for a moment after its work, so its load is at most that. */
  #timeOn({ name, path }: Counter, now: bigint): Reading[] {
    const on = number(path);
    const before = this.#last.get(path);
    if (on === undefined) return [];
    this.#last.set(path, { on, at: now });
    const passed = before === undefined ? 0 : Number(now - before.at) / 1e6;
    if (before === undefined || passed <= 0) return [];
    return [{ name: `${name}.on`, unit: 'percent', value: Math.min(100, (100 * (on - before.on)) / passed) }];
  }
}
