/** YAML, in a module of its own: the build puts the 72 files of the library into this one. */
export {
  Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parse,
  parseDocument,
  stringify,
  visit,
  type YAMLMap,
} from 'yaml';
