/** What TensorRT says when it refuses a plan or cannot build, in words that say what to do. */

/** Where a plan is, and of what. */
interface PlanFacts {
  readonly path: string;
  readonly name: string;
  /** Version that wrote it, where it could be read from its head. */
  readonly writtenBy?: string;
}

type Words = readonly [message: string, hint?: string];

const clean = (line: string): string =>
  line
    .replace(/^.*?Error Code \d+: [\w ]+\((.*)\)\s*$/s, '$1')
    .replace(/^\d+: \[[^\]]*\] ?/, '')
    .replace(/ In \S+ at \S+:\d+$/, '')
    .trim();

/** @param lines errors of the log @param version of the library that refused it */
export function explainPlan(
  lines: readonly string[],
  { path, name, writtenBy }: PlanFacts,
  version: string,
): [string, string?] {
  const all = lines.join('\n');
  const versions = /expecting library version ([\d.]+) got ([\d.]+)/.exec(all);
  if (versions)
    return [
      `${path} (${name}) was built by TensorRT ${versions[2]}, and this is TensorRT ${versions[1]}`,
      'build it again on this device; plans do not go from one version to another, unless built with version_compatible: true',
    ];
  const compute = /expecting compute ([\d.]+) got compute ([\d.]+)/.exec(all);
  if (compute)
    return [
      `${path} (${name}) was built for a GPU of compute capability ${compute[2]}, and this one has ${compute[1]}`,
      'build it again on this device, or with hardware_compatibility: ampere+',
    ];
  const tags = /Current Version: (\d+), Serialized Engine Version: (\d+)/.exec(all);
  if (tags || (writtenBy && !sameRelease(writtenBy, version)))
    return [
      `${path} (${name}) was built by ${writtenBy ? `TensorRT ${writtenBy}` : 'another version of TensorRT'}, and this is TensorRT ${version}${tags ? ` (plan version ${tags[2]}, expected ${tags[1]})` : ''}`,
      'build it again on this device',
    ];
  if (/[Mm]agic ?[Tt]ag|magicTag/.test(all))
    return [`${path} (${name}) is no TensorRT plan`, 'name a file that trtexec --saveEngine or a build wrote'];
  if (/out of memory|OutOfMemory|Error Code 2: OutOf/.test(all))
    return [
      `${name}: the device has not enough memory for the engine: ${clean(lines.at(-1) ?? '')}`,
      'stop other programs, or use smaller engines',
    ];
  const plugin = /(?:plugin|Plugin)[^\n]*?(?:named?|name:?|creator:?) ?"?([\w.]+)/.exec(all);
  if (/[Pp]lugin/.test(all))
    return [
      `${name}: TensorRT ${version} lacks an operator of the plan${plugin ? `, ${plugin[1]}` : ''}: ${clean(lines[0] ?? '')}`,
      'name the library that has it: build: { plugins: [libmine.so] }',
    ];
  if (/DLA/.test(all))
    return [
      `${name}: ${clean(lines[0] ?? '')}`,
      'this device has no such DLA core; infersight doctor tells what it has',
    ];
  return [
    `TensorRT ${version} did not load ${path} (${name})${lines.length > 0 ? `: ${clean(lines[0] ?? '')}` : ', and did not say why'}`,
    'is it a plan of this device and this version?',
  ];
}

const sameRelease = (a: string, b: string): boolean =>
  a.split('.').slice(0, 3).join('.') === b.split('.').slice(0, 3).join('.');

/** Bytes of a plan's head that tell the version that wrote it. */
const VERSION_AT = 24;
const MAGIC = 'ftrt';

/** From TensorRT 8.5 on, as far as the head tells; undefined for what is no plan. */
export function planVersion(plan: Uint8Array): string | undefined {
  if (plan.length < VERSION_AT + 4) return undefined;
  const [kind] = plan.subarray(MAGIC.length);
  // Plans of another kind of head have the version elsewhere.
  if (new TextDecoder('latin1').decode(plan.subarray(0, MAGIC.length)) !== MAGIC || kind !== 0) return undefined;
  return [...plan.subarray(VERSION_AT, VERSION_AT + 4)].join('.');
}

/** @param lines errors of the build's log */
export function explainBuild(lines: readonly string[], name: string, version: string): Words {
  const all = lines.join('\n');
  const first = clean(lines.find((l) => /Error Code/.test(l)) ?? lines[0] ?? '');
  const resource = /Unable to load library: (libnvinfer_builder_resource\S*?)[:;)\s]/.exec(all);
  if (resource)
    return [
      `TensorRT ${version} has no ${resource[1]}, which its builder needs for this GPU`,
      'install the whole of TensorRT for this version (package libnvinfer-bin or tensorrt-libs), or put the file beside libnvinfer.so',
    ];
  if (/validateCaskKLibSize|Klib \d+ failed validation/.test(all))
    return [
      `the builder resources beside TensorRT ${version} are of another release: ${first}`,
      'install libnvinfer and libnvinfer_builder_resource of one and the same release',
    ];
  if (/dimension of convolution\S* output cannot be negative/.test(all))
    return [
      `${name}: ${first}`,
      'the shape is too small for the network: give larger ones in inputs: or build: { shapes: ... }',
    ];
  if (/[Oo]ut of memory|OutOfMemory|insufficient workspace|Could not find any implementation/.test(all))
    return [
      `${name}: ${first}`,
      'give the builder more memory (build: { workspace: 2 GiB }), stop other programs, or allow another precision',
    ];
  if (/dynamic|profile/i.test(first))
    return [
      `${name}: ${first}`,
      'give sizes for open dimensions: inputs: { x: { shape: [...] } } or build: { shapes: ... }',
    ];
  return [`TensorRT ${version} could not build ${name}${first ? `: ${first}` : ', and did not say why'}`];
}
