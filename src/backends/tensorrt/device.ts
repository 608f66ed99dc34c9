/** The GPU or DLA that an accelerator names, and what this machine has of them. */
import { fail } from '../../base/problem.js';
import type { EngineTarget } from '../../formats/engine/engine.js';
import { driverVersions, localTarget } from '../../machine/target.js';
import { type GpuDevice, loadCuda } from './cuda.js';
import { loadTensorRt } from './library.js';
import { versionText } from './tables/index.js';

/** Where an engine runs. */
export interface Place {
  readonly device: GpuDevice;
  readonly dlaCore?: number;
  /** `gpu:0`, `dla:1` */
  readonly text: string;
}

/** @param accelerator auto | gpu | gpu:N | dla:N @throws ProblemError `backend` when there is none of that number */
export function placeOf(accelerator: string): Place {
  const [kind = 'auto', index = '0'] = accelerator.split(':');
  if (kind === 'cpu')
    return fail('backend', 'TensorRT does not run on the CPU', 'use backend: onnxruntime, or accelerator: gpu');
  const devices = loadCuda().devices();
  const wanted = kind === 'gpu' ? Number(index) : 0;
  const device =
    devices[wanted] ??
    fail(
      'backend',
      `there is no GPU ${wanted}; the driver sees ${devices.length === 0 ? 'none' : devices.map((d) => `gpu:${d.index} (${d.name})`).join(', ')}`,
      'check nvidia-smi and CUDA_VISIBLE_DEVICES',
    );
  if (kind !== 'dla') return { device, text: `gpu:${wanted}` };
  return { device, dlaCore: Number(index), text: `dla:${index}` };
}

/** This machine as the target of an engine. */
export function targetOf(place: Place): EngineTarget {
  const { device } = place;
  return localTarget({
    tensorrt: versionText(loadTensorRt().version),
    gpu: device.name,
    compute_capability: device.computeCapability,
    ...driverVersions(),
  });
}

/** Parts of the target that a plan depends on. */
export function bindingOf(options: {
  readonly hardware_compatibility: string;
  readonly version_compatible: boolean;
}): string[] {
  const { hardware_compatibility: level, version_compatible } = options;
  return [
    ...(version_compatible ? [] : ['tensorrt']),
    'os',
    'arch',
    ...(level === 'none'
      ? ['gpu', 'compute_capability']
      : level === 'same_compute_capability'
        ? ['compute_capability']
        : []),
  ];
}
