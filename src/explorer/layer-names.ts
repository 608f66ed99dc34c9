/** ONNX nodes of an engine layer: from its metadata where TensorRT wrote it (8.6 and later), else from its name. */

/** Between the nodes of one fusion, and inside Myelin. */
const NODE = '\u001e';
const MYELIN = '\u001f';
const SEPARATORS = new RegExp(`[${NODE}${MYELIN}]`, 'g');
const CONTROL = /\p{Cc}/gu;

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
  return [...new Set(split(clean).filter((n) => n !== '' && !/^\(?Unnamed Layer\*/.test(n)))];
}

/** At ` + ` and `, ` outside of brackets; PWN( ), which wraps what was fused into one pointwise kernel, is taken off. */
function split(name: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  const end = () => {
    parts.push(...unwrap(part.trim()));
    part = '';
  };
  for (let i = 0; i < name.length; i++) {
    const char = name[i];
    if (char === '(' || char === '[' || char === '{') depth++;
    if (char === ')' || char === ']' || char === '}') depth--;
    if (depth <= 0 && name.startsWith(' + ', i)) {
      end();
      i += 2;
    } else if (depth <= 0 && name.startsWith(', ', i)) {
      end();
      i += 1;
    } else part += char;
  }
  end();
  return parts;
}

function unwrap(part: string): string[] {
  const wrapped = /^(?:PWN|fused)\((.*)\)$/s.exec(part) ?? /^\|\|(.*)$/s.exec(part);
  return wrapped ? split(wrapped[1]) : [part.replace(/^\|\|\s*/, '').replace(/\s*\|\|$/, '')];
}
