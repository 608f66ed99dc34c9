/** What of TensorRT is here, and how to get the rest on this kind of machine. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../base/problem.js';
import { dlaCores, type JetPack, jetPack } from '../../machine/jetson.js';
import { namesIn } from '../../machine/tree.js';
import type { BackendPart } from '../backend.js';
import { loadCuda } from './cuda.js';
import type { TrtLibrary, TrtPart } from './library.js';
import { describeTrtexec, findTrtexec } from './run-trtexec.js';
import { versionText } from './tables/index.js';

/** Packages of one major version. */
const packages = (major: number): string => (major < 10 ? '8' : String(major));

/** How a package is installed here. */
function install(name: string, jetson: JetPack | undefined): string {
  if (jetson) return `JetPack ${jetson.major}: sudo apt install ${name}`;
  return `PC: sudo apt install ${name} (NVIDIA's repository), or unpack NVIDIA's archive and set TENSORRT_LIB_DIR`;
}

const beside = (path: string, pattern: RegExp): string[] => {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : undefined;
  const folders = folder ? [folder] : ['/usr/lib/aarch64-linux-gnu', '/usr/lib/x86_64-linux-gnu'];
  return folders.flatMap((f) =>
    namesIn(f)
      .filter((n) => pattern.test(n))
      .map((n) => join(f, n)),
  );
};

/** Parser, plugins, builder resources, trtexec, driver and DLA cores. */
export function partsOf(library: TrtLibrary): BackendPart[] {
  const { version } = library;
  const jetson = jetPack();
  const major = packages(version.major);
  const part = (name: TrtPart, title: string, use: string, packaged: string): BackendPart =>
    library.part(name)
      ? { name: title, found: `lib${name}.so.${version.major}` }
      : {
          name: title,
          missing: `lib${name}.so.${version.major}, which ${use}: ${library.whyNot(name) ?? 'not here'}`,
          hint: install(packaged, jetson),
        };
  return [
    part('nvonnxparser', 'ONNX parser', 'reads models', `libnvonnxparsers${major}`),
    part('nvinfer_plugin', 'plugins', 'has operators beyond the core ones', `libnvinfer-plugin${major}`),
    builderResources(library, jetson),
    trtexec(),
    driver(),
    dla(jetson),
  ];
}

/** From 8.4 on the builder keeps its kernels in a library of its own; from 10.15 on in one per kind of GPU. */
function builderResources({ path, version }: TrtLibrary, jetson: JetPack | undefined): BackendPart {
  const [file] = beside(path, /^libnvinfer_builder_resource.*\.so\./);
  if (file !== undefined) return { name: 'builder resources', found: file };
  return {
    name: 'builder resources',
    missing: `libnvinfer_builder_resource of TensorRT ${versionText(version)} was not seen beside it: engines run, and may not be built`,
    hint: install(`libnvinfer${packages(version.major)}`, jetson),
  };
}

function trtexec(): BackendPart {
  const path = findTrtexec(undefined);
  if (path === undefined)
    return {
      name: 'trtexec',
      missing: 'not on PATH and not in /usr/src/tensorrt/bin; needed for via: trtexec alone',
      hint: 'JetPack and PC: sudo apt install libnvinfer-bin',
    };
  try {
    return { name: 'trtexec', found: `${path}, of TensorRT ${versionText(describeTrtexec(path).version)}` };
  } catch (error) {
    return { name: 'trtexec', missing: messageOf(error), hint: 'install the one of this TensorRT' };
  }
}

function driver(): BackendPart {
  try {
    return { name: 'CUDA driver', found: `CUDA ${loadCuda().driverVersion}` };
  } catch (error) {
    return {
      name: 'CUDA driver',
      missing: messageOf(error),
      hint: 'PC: install the NVIDIA driver; JetPack: nvidia-l4t-cuda; in a container --runtime nvidia or --gpus all',
    };
  }
}

function dla(jetson: JetPack | undefined): BackendPart {
  const cores = dlaCores();
  if (cores > 0) return { name: 'DLA', found: `${cores} cores: accelerator: dla:0${cores > 1 ? ' and dla:1' : ''}` };
  return {
    name: 'DLA',
    missing: jetson && existsSync('/dev') ? 'no core seen' : 'none: DLAs are on Jetson Xavier and Orin',
  };
}
