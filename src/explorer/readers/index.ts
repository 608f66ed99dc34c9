/** The kinds of files that are read, by what stands in them. The first whose sniff says yes reads a file of JSON. */
import { readEngineReport } from '../../formats/engine/engine-report.js';
import { readLayerTable } from '../../formats/engine/layer-table.js';
import { isObject } from '../json.js';
import { isLayerInfo, readLayerInfo } from './layer-info.js';
import { isOnnxRuntimeProfile, readOnnxRuntimeProfile } from './onnxruntime-profile.js';
import { isLayerProfile, readLayerProfile } from './profile.js';
import type { Reader } from './reader.js';
import { isQueryTimes, readQueryTimes } from './times.js';
import { isCudaAttributes, isTrexMetadata, readCudaAttributes, readTrexMetadata } from './trex-metadata.js';
import { readTrtexecText } from './trtexec-log.js';

/** In the order in which they are asked. */
export const READERS = {
  'layer-info': {
    words: 'a layer file of trtexec (--exportLayerInfo)',
    sniff: isLayerInfo,
    read: ({ data, file }) => ({ part: 'info', value: readLayerInfo(data, file) }),
  },
  profile: {
    words: 'a profile of trtexec (--exportProfile)',
    sniff: isLayerProfile,
    read: ({ data, file }) => ({ part: 'profile', value: readLayerProfile(data, file) }),
  },
  times: {
    words: 'times of trtexec (--exportTimes)',
    sniff: isQueryTimes,
    read: ({ data, file }) => ({ part: 'times', value: readQueryTimes(data, file) }),
  },
  'onnxruntime-profile': {
    words: 'a profile of ONNX Runtime',
    alsoAs: 'profile',
    sniff: isOnnxRuntimeProfile,
    read: ({ data, file }) => ({ part: 'table', value: readOnnxRuntimeProfile(data, file, 0) }),
  },
  'cuda-attributes': {
    words: "a list of a GPU's attributes",
    alsoAs: 'log',
    sniff: isCudaAttributes,
    // What trtexec printed of the device is nearer to the run.
    read: ({ data }) => ({ part: 'log', value: readCudaAttributes(data), first: true }),
  },
  'trex-metadata': {
    words: 'a metadata file of TREx',
    alsoAs: 'log',
    sniff: isTrexMetadata,
    read: ({ data }) => ({ part: 'log', value: readTrexMetadata(data), first: false }),
  },
  'engine-report': {
    words: 'explore.json of a run',
    sniff: (data) => isObject(data) && data.schema === 'infersight/engine-report',
    read: ({ text, file }) => ({ part: 'report', value: readEngineReport(text, file) }),
  },
  'engine-manifest': {
    words: 'engine.json of a run',
    sniff: (data) => isObject(data) && data.schema === 'infersight/engine',
    read: () => ({ part: 'nothing' }),
  },
  'layer-table': {
    words: 'layers.json of a run',
    alsoAs: 'profile',
    sniff: (data) => isObject(data) && Array.isArray(data.layers) && typeof data.version === 'number',
    read: ({ text, file }) => ({ part: 'table', value: readLayerTable(text, file) }),
  },
  log: {
    words: 'a log of trtexec',
    read: ({ text, file }) => {
      const { log, profile, layers } = readTrtexecText(text);
      return {
        part: 'log',
        value: log,
        first: false,
        ...(profile ? { profile } : {}),
        ...(layers ? { info: readLayerInfo({ Layers: layers, Bindings: [] }, file) } : {}),
      };
    },
  },
} satisfies Readonly<Record<string, Reader>>;

/** Name of a kind of file. */
export type FileKind = keyof typeof READERS;

/** The reader of a kind. */
export const readerOf = (kind: FileKind): Reader => READERS[kind];

/** Undefined where no reader knows the data. */
export function kindOfJson(data: unknown): FileKind | undefined {
  const kinds = Object.keys(READERS) as FileKind[];
  return kinds.find((kind) => readerOf(kind).sniff?.(data) ?? false);
}
