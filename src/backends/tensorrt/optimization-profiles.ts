/** Ranges of shapes that an engine is built for. */
import { fail } from '../../base/problem.js';
import type { TensorrtBuild } from '../../formats/backends/tensorrt.js';
import type { TrtLibrary } from './library.js';
import { dimsArgument, type TrtObject } from './objects.js';

const SELECTORS = [
  ['min', 0],
  ['opt', 1],
  ['max', 2],
] as const;

type Profile = TensorrtBuild['profiles'][number];
type Range = Profile[string];

/** What the ranges follow from. */
export interface ShapeRequest {
  readonly profiles: readonly Profile[];
  /** What the model runs with. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

/** Every input with an open dimension needs a range in every profile; where none is given, the shape that it runs with. */
export function setProfiles(
  library: TrtLibrary,
  builder: TrtObject,
  network: TrtObject,
  config: TrtObject,
  request: ShapeRequest,
): void {
  const count = network.call('getNbInputs') as number;
  const open = Array.from({ length: count }, (_, i) => network.make('VTensor', 'getInput', i))
    .map((tensor) => ({ name: tensor.call('getName') as string, shape: tensor.shape('getDimensions') }))
    .filter(({ shape }) => shape.some((d) => d < 0));
  const given = request.profiles;
  const names = open.map((o) => o.name);
  const strange = given.flatMap((p) => Object.keys(p)).find((name) => !names.includes(name));
  if (strange !== undefined)
    fail(
      'build',
      `build.shapes: "${strange}" is no input with an open dimension`,
      names.length > 0 ? `there are ${names.join(', ')}` : 'the model has none',
    );
  if (open.length === 0) return;
  for (const profile of given.length > 0 ? given : [{}]) {
    const object = builder.make('VOptimizationProfile', 'createOptimizationProfile');
    for (const { name, shape } of open) {
      const range = profileOf(name, shape, profile, request.shapes);
      for (const [which, selector] of SELECTORS)
        if (!object.call('setDimensions', name, selector, dimsArgument(library, range[which], false)))
          fail(
            'build',
            `build.shapes: ${name} cannot be [${range[which].join(',')}]; the model declares [${shape.join(',')}]`,
            'min <= opt <= max in every dimension, and the known sizes as they are',
          );
    }
    if (!object.call('isValid') || (config.call('addOptimizationProfile', object.pointer) as number) < 0)
      fail('build', 'build.shapes: the builder does not take these ranges', 'min <= opt <= max in every dimension');
  }
}

function profileOf(name: string, shape: readonly number[], profile: Profile, running: ShapeRequest['shapes']): Range {
  const given = profile[name];
  if (given) return given;
  const at = running[name];
  if (!at)
    return fail(
      'build',
      `input ${name} [${shape.join(',')}] has open dimensions and no size`,
      `inputs: { ${name}: { shape: [...] } } or build: { shapes: { ${name}: { min, opt, max } } }`,
    );
  return { min: [...at], opt: [...at], max: [...at] };
}
