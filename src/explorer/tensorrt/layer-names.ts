/** ONNX nodes of an engine layer: from its metadata where TensorRT wrote it (8.6 and later), else from its name. */

/** Between the nodes of one fusion, and inside Myelin. */
const NODE = '\u001e';
const MYELIN = '\u001f';
const SEPARATORS = new RegExp(`[${NODE}${MYELIN}]`, 'g');
const CONTROL = /\p{Cc}/gu;

/** A name of TensorRT without the marks that its fusions leave. */
export const readableName = (name: string): string => name.replace(SEPARATORS, '+').replace(CONTROL, '?');

/** `[ONNX Layer: a]<U+001E>[ONNX Layer: b]` -> a, b */
export function metadataNodes(metadata: string): string[] {
  const found = metadata.split(SEPARATORS).flatMap((part) => part.split(/(?<=\])(?=\[)/));
  const names = found.flatMap((part) => /^\s*\[ONNX Layer: (.*)\]\s*$/s.exec(part)?.[1] ?? []);
  return [...new Set(names)];
}

const COPY =
  /^(?:Reformatting CopyNode for (?:Input|Output) Tensor \d+ to|Reformatted (?:Input|Output) Tensor \d+ to|reshape_(?:before|after)_|copied_squeeze_after_|(?:un)?squeeze_(?:node_)?(?:before|after)_)/;

/**
 * Names inside `a + b`, `PWN(PWN(a), b)` and `fused(...)`. A layer that TensorRT made itself, such as a reformat, has no
 * ONNX node. `{ForeignNode[first...last]}` gives its two ends.
 */
export function nodesOfName(name: string): string[] {
  const clean = name.replace(/ \[profile \d+\]$/, '');
  if (COPY.test(clean)) return [];
  const foreign = /^\{ForeignNode\[(.*?)\.\.\.(.*?)\]\}$/.exec(clean);
  if (foreign) return [...new Set([foreign[1], foreign[2]].filter((n) => n !== ''))];
  if (MYELIN_OWN.test(clean)) return [];
  const parts = split(clean).filter((n) => n !== '' && !/^\(?Unnamed Layer\*/.test(n));
  const nodes = parts.filter((n) => !CONSTANT.test(n));
  return [...new Set(nodes.length > 0 ? nodes : parts)];
}

/** Names that Myelin makes up, as `__myl_MulAdd_myl0_3`. */
const MYELIN_OWN = /^__myl|_myl\d+_\d+$/;
/** `conv1.weight` in `conv1.weight + Conv_9`: no node, but a name that does not change when nodes are numbered anew. */
export const weightsOfName = (name: string): string[] =>
  name.match(/[^\s+|(),]+\.(?:weight|bias)(?![^\s+|(),])/g) ?? [];

/** Weights and scales stand among the nodes they were fused with. */
const CONSTANT = /(?:\.(?:weight|bias)|_(?:de)?quantize_scale_node)$/;

/**
 * At ` + `, ` || ` and `, ` outside of brackets; PWN( ), which wraps what was fused into one pointwise kernel, is taken off,
 * to a depth that no fusion reaches.
 */
function split(name: string, level = 0): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  const end = () => {
    parts.push(...unwrap(part.trim(), level));
    part = '';
  };
  for (let i = 0; i < name.length; i++) {
    const char = name[i];
    if (char === '(' || char === '[' || char === '{') depth++;
    if (char === ')' || char === ']' || char === '}') depth--;
    if (depth <= 0 && (name.startsWith(' + ', i) || name.startsWith(' || ', i))) {
      end();
      i += name[i + 1] === '+' ? 2 : 3;
    } else if (depth <= 0 && name.startsWith(', ', i)) {
      end();
      i += 1;
    } else part += char;
  }
  end();
  return parts;
}

const MOST_LEVELS = 50;

function unwrap(part: string, level: number): string[] {
  const wrapped = /^(?:PWN|fused)\((.*)\)$/s.exec(part) ?? /^\|\|(.*)$/s.exec(part);
  return wrapped && level < MOST_LEVELS
    ? split(wrapped[1], level + 1)
    : [part.replace(/^\|\|\s*/, '').replace(/\s*\|\|$/, '')];
}
