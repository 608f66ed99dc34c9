/** Layer file, profile and log of a TensorRT engine -> LayerTable. */
import { fail } from '../../base/problem.js';
import { exactSum } from '../../base/sum.js';
import {
  LAYERS_VERSION,
  type Layer,
  type LayerConstants,
  type LayerTable,
  type LayerTensor,
} from '../../formats/engine/layer-table.js';
import { dtypeOf, elementBytes, tensorBytes, UNKNOWN_TYPE } from '../../formats/tensor/element-type.js';
import type { EngineLog } from '../engine-log.js';
import { isObject, number, text } from '../json.js';
import type { LayerInfo, RawLayer, RawTensor } from '../readers/layer-info.js';
import type { LayerProfile, ProfileRecord } from '../readers/profile.js';
import { metadataNodes, nodesOfName, readableName } from './layer-names.js';
import { macsOfLayer } from './macs.js';
import { foldNoOps } from './noop.js';
import { foldDlaRows, isDlaRow, joinProfile } from './profile-join.js';
import { parseFormat } from './tensor-format.js';

/** Files of one engine, read. */
export interface TensorRtParts {
  readonly info?: LayerInfo;
  readonly profile?: LayerProfile;
  readonly log?: EngineLog;
  /** Which optimisation profile, where the engine has several. */
  readonly optimizationProfile: number;
}

/** Synchronisation between streams; they compute nothing. */
const SYNC = new Set(['signal', 'wait', 'shape_call']);
/** Told in fields of their own. */
const KNOWN = new Set([
  'Name',
  'LayerType',
  'ParameterType',
  'Inputs',
  'Outputs',
  'Weights',
  'Bias',
  'TacticName',
  'Metadata',
]);

type Draft = { -readonly [K in keyof Layer]: Layer[K] } & { readonly rawName: string };

/** @throws ProblemError `usage` when the engine has no such optimisation profile */
export function tensorRtTable(parts: TensorRtParts, file: string): LayerTable {
  const notes = [...(parts.info?.notes ?? [])];
  const info = parts.info ? chooseProfile(parts.info, parts, file, notes) : undefined;
  const drafts = info ? info.layers.map((raw) => draft(raw, parts.log)) : bare(parts.profile, parts.log);
  unique(drafts);
  if (parts.profile) addTimes(drafts, parts.profile, notes);
  const bindings = info?.bindings ?? [];
  const names = new Set(bindings.map((b) => b.name));
  const sync = drafts.filter((d) => SYNC.has(d.type));
  if (sync.length > 0) {
    const took = exactSum(sync.map((d) => d.time?.mean_ms ?? 0));
    notes.push(`${sync.length} layers that only synchronise (${took.toFixed(3)} ms) are left out`);
  }
  const kept = foldNoOps(
    drafts.filter((d) => !SYNC.has(d.type)),
    names,
  );
  const layers = kept.filter((d) => d.type !== 'Constant');
  const lost = exactSum(drafts.filter((d) => d.type === 'NoOp').map((d) => d.time?.mean_ms ?? 0));
  if (lost > 0) notes.push(`NoOp layers took ${lost.toFixed(4)} ms in the profile`);
  share(layers);
  return {
    version: LAYERS_VERSION,
    source: 'tensorrt',
    detail: info === undefined ? 'times' : info.names ? 'names' : 'full',
    ...(parts.profile?.count === undefined ? {} : { runs: parts.profile.count }),
    ...directions(bindings, kept, notes),
    layers: layers.map(finish),
    constants: kept.filter((d) => d.type === 'Constant').map(finish),
    notes,
  };
}

const finish = ({ rawName: _, ...layer }: Draft): Layer => layer;

const PROFILE = /\[profile +(\d+)\]/;

function chooseProfile(
  info: LayerInfo,
  { optimizationProfile: wanted, profile }: TensorRtParts,
  file: string,
  notes: string[],
): LayerInfo {
  const profileOf = (name: string) => Number(PROFILE.exec(name)?.[1] ?? 0);
  const there = [...new Set(info.layers.map((l) => profileOf(l.name)))].sort((a, b) => a - b);
  if (!there.includes(wanted))
    return fail('usage', `${file}: has no optimisation profile ${wanted}`, `it has ${there.join(', ')}`);
  if (there.length === 1) return info;
  notes.push(`the engine has optimisation profiles ${there.join(', ')}; this is profile ${wanted}`);
  const timed = new Set((profile?.records ?? []).map((r) => profileOf(r.name)));
  const [only] = timed;
  if (timed.size === 1 && only !== wanted)
    return fail(
      'usage',
      `the times are those of optimisation profile ${only}, and profile ${wanted} of ${file} is asked for`,
      `give --optimization-profile ${only}`,
    );
  // From TensorRT 10 on the names of inputs and outputs are the same in all profiles.
  const own = info.bindings.filter((b) => profileOf(b.name) === wanted);
  return {
    ...info,
    layers: info.layers.filter((l) => profileOf(l.name) === wanted),
    bindings: own.length > 0 ? own : info.bindings.filter((b) => !PROFILE.test(b.name)),
  };
}

/** A tensor of a layer file in the form of a table. */
export function toTensor(raw: RawTensor): LayerTensor {
  const parsed = parseFormat(raw.format);
  const dtype = raw.datatype === undefined ? parsed.dtype : (dtypeOf(raw.datatype)?.dtype ?? parsed.dtype);
  const bytes = tensorBytes(dtype, raw.shape);
  return {
    name: readableName(raw.name),
    dtype,
    ...(parsed.layout ? { layout: parsed.layout } : {}),
    ...(raw.format ? { format: raw.format } : {}),
    ...(raw.shape ? { shape: [...raw.shape] } : {}),
    ...(raw.location ? { location: raw.location } : {}),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

function constants(value: unknown): LayerConstants | undefined {
  if (!isObject(value)) return undefined;
  const count = number(value.Count);
  if (count === undefined || count === 0) return undefined;
  const dtype = dtypeOf(text(value.Type) ?? '')?.dtype ?? UNKNOWN_TYPE;
  const size = elementBytes(dtype);
  return { dtype, count, ...(size === undefined ? {} : { bytes: Math.ceil(count * size) }) };
}

function draft(raw: RawLayer, log: EngineLog | undefined): Draft {
  const deconvolution = raw.layerType === 'CaskDeconvolutionV2' && raw.parameterType === 'Convolution';
  const type = deconvolution ? 'Deconvolution' : (raw.parameterType ?? raw.layerType);
  const inputs = raw.inputs.map(toTensor);
  const outputs = raw.outputs.map(toTensor);
  const tactic = text(raw.record.TacticName);
  const metadata = metadataNodes(text(raw.record.Metadata) ?? '');
  const weights = constants(raw.record.Weights);
  const bias = constants(raw.record.Bias);
  const macs = macsOfLayer(type, inputs, outputs, raw.record);
  return {
    rawName: raw.name,
    name: readableName(raw.name),
    type,
    subtype: raw.layerType,
    device: deviceOf(raw, log),
    inputs,
    outputs,
    ...(tactic ? { tactic } : {}),
    onnx: metadata.length > 0 ? metadata : type === 'Reformat' ? [] : nodesOfName(readableName(raw.name)),
    ...(weights ? { weights } : {}),
    ...(bias ? { bias } : {}),
    ...(macs === undefined ? {} : { macs }),
    attributes: Object.fromEntries(Object.entries(raw.record).filter(([key]) => !KNOWN.has(key))),
  };
}

/** The log names the layers of the DLA; without it, only a type that says so. */
function deviceOf(raw: RawLayer, log: EngineLog | undefined): Layer['device'] {
  const name = raw.name.replace(/ \[profile \d+\]$/, '');
  if (log?.dla.includes(name)) return 'dla';
  return /^dla/i.test(raw.layerType) ? 'dla' : 'gpu';
}

/** A profile without a layer file still tells names and times. */
function bare(profile: LayerProfile | undefined, log: EngineLog | undefined): Draft[] {
  const rows = (profile?.records ?? []).filter((r) => !isDlaRow(r.name) || !hasForeign(profile));
  return rows.map((r) => draft({ name: r.name, layerType: 'Unknown', inputs: [], outputs: [], record: {} }, log));
}
const hasForeign = (profile: LayerProfile | undefined): boolean =>
  (profile?.records ?? []).some((r) => r.name.includes('ForeignNode['));

/** Second and later layers of a name get _2, _3. */
function unique(drafts: Draft[]): void {
  const counts = new Map<string, number>();
  const taken = new Set(drafts.map((d) => d.name));
  for (const d of drafts) {
    const n = (counts.get(d.name) ?? 0) + 1;
    counts.set(d.name, n);
    if (n === 1) continue;
    let name = `${d.name}_${n}`;
    for (let k = n + 1; taken.has(name); k++) name = `${d.name}_${k}`;
    taken.add(name);
    d.name = name;
  }
}

function addTimes(drafts: Draft[], profile: LayerProfile, notes: string[]): void {
  const joined = joinProfile(
    drafts.map((d) => d.rawName),
    profile.records,
  );
  if (joined.byOrder) notes.push('the names of profile and layers differ, so the times were given out in their order');
  // Where neither the file nor a log tells of the DLA, its nodes have the names that Myelin's have too.
  const told = drafts.some((d) => d.device === 'dla');
  const nodes = drafts.flatMap((d, position) =>
    d.device === 'dla' || (!told && d.rawName.includes('ForeignNode['))
      ? [{ position, inputs: d.inputs.map((t) => t.name), outputs: d.outputs.map((t) => t.name) }]
      : [],
  );
  const { records, unused, folded } = foldDlaRows(joined, nodes);
  drafts.forEach((d, i) => {
    if (records[i].length === 0) return;
    d.time = { ...sumOf(records[i]), share: 0 };
    if (records[i].length > 1) d.device = 'dla';
  });
  if (folded > 0)
    notes.push(
      `${folded} rows of the traffic around DLA nodes ("to nvm", "from nvm", "copy finish") are counted with their nodes`,
    );
  if (unused.length > 0)
    notes.push(
      `${unused.length} records of the profile (${exactSum(unused.map((r) => r.mean)).toFixed(3)} ms) belong to no layer, such as "${unused[0].name.slice(0, 60)}"`,
    );
  const missing = drafts.filter((d, i) => records[i].length === 0 && d.type !== 'NoOp' && d.type !== 'Constant').length;
  if (missing > 0) notes.push(`${missing} layers have no time in the profile`);
}

function sumOf(records: readonly ProfileRecord[]): { mean_ms: number; total_ms: number; median_ms?: number } {
  const [first] = records;
  if (records.length === 1)
    return {
      mean_ms: first.mean,
      total_ms: first.total,
      ...(first.median === undefined ? {} : { median_ms: first.median }),
    };
  return { mean_ms: exactSum(records.map((r) => r.mean)), total_ms: exactSum(records.map((r) => r.total)) };
}

function share(drafts: readonly Draft[]): void {
  const total = exactSum(drafts.map((d) => d.time?.mean_ms ?? 0));
  for (const d of drafts) if (d.time && total > 0) d.time = { ...d.time, share: d.time.mean_ms / total };
}

/** A binding that nothing writes is an input. Until TensorRT 10 the file does not tell. */
function directions(
  bindings: LayerInfo['bindings'],
  layers: readonly Draft[],
  notes: string[],
): Pick<LayerTable, 'inputs' | 'outputs'> {
  const written = new Map(layers.flatMap((l) => l.outputs.map((t) => [t.name, t] as const)));
  const read = new Map(layers.flatMap((l) => l.inputs.map((t) => [t.name, t] as const)));
  const inputs: LayerTensor[] = [];
  const outputs: LayerTensor[] = [];
  for (const binding of bindings) {
    const name = readableName(binding.name);
    const tensor = written.get(name) ?? read.get(name) ?? (binding.tensor && toTensor(binding.tensor));
    if (!written.has(name) && !read.has(name)) notes.push(`binding "${name}" is read and written by no layer`);
    const output = binding.mode === undefined ? written.has(name) : binding.mode === 'output';
    (output ? outputs : inputs).push(tensor ?? { name, dtype: UNKNOWN_TYPE });
  }
  if (bindings.length > 0) return { inputs, outputs };
  return {
    inputs: [...read].filter(([name]) => !written.has(name)).map(([, t]) => t),
    outputs: [...written].filter(([name]) => !read.has(name)).map(([, t]) => t),
  };
}
