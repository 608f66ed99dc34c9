/** Which Jetson software this is, and how its settings stand. */
import { join } from 'node:path';
import { namesIn, textIn } from './tree.js';

/** NVIDIA's collection of software for a Jetson. */
export interface JetPack {
  /** 4, 5, 6, 7 */
  readonly major: number;
  /** `R36.4.4` */
  readonly l4t: string;
}

const JETPACK_OF: Readonly<Record<string, number>> = { 32: 4, 34: 5, 35: 5, 36: 6, 38: 7, 39: 7 };

/** Undefined where it is no Jetson. @param root `/`, or the root of a copied tree in tests */
export function jetPack(root = '/'): JetPack | undefined {
  const line = textIn(join(root, 'etc/nv_tegra_release')) ?? '';
  const [, release, revision] = /R(\d+)[^,]*, REVISION: ([\d.]+)/.exec(line) ?? [];
  const major = release === undefined ? undefined : JETPACK_OF[release];
  return release === undefined || major === undefined ? undefined : { major, l4t: `R${release}.${revision}` };
}

/** DLA cores that the kernel knows, without asking TensorRT. */
export function dlaCores(root = '/'): number {
  const names = ['sys/devices/platform', 'sys/devices/platform/bus@0', 'sys/class/nvhost-nvdla', 'dev']
    .flatMap((folder) => namesIn(join(root, folder)))
    .flatMap((name) => /nvdla(\d)/.exec(name)?.[1] ?? []);
  const inHost = ['sys/devices/platform', 'sys/devices/platform/bus@0']
    .flatMap((folder) =>
      namesIn(join(root, folder))
        .filter((n) => n.endsWith('.host1x'))
        .flatMap((host) => namesIn(join(root, folder, host))),
    )
    .flatMap((name) => /nvdla(\d)/.exec(name)?.[1] ?? []);
  return new Set([...names, ...inHost]).size;
}

/** Whether the clock of the GPU is held at one value, as jetson_clocks does; undefined where the system does not say. */
export function gpuClockLocked(root = '/'): boolean | undefined {
  const base = join(root, 'sys/class/devfreq');
  const gpu = namesIn(base).find((name) => /\.(gpu|gv11b|gp10b|ga10b|gb10b)$/.test(name));
  if (gpu === undefined) return undefined;
  const [least, most] = ['min_freq', 'max_freq'].map((file) => textIn(join(base, gpu, file))?.trim());
  return least === undefined || most === undefined ? undefined : least === most;
}
