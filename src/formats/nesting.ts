/** How deep a YAML or JSON text nests, before a parser that recurses is let loose on it. */

/** Deeper than anything that is written by hand or by this program. */
const DEEPEST = 100;

/** Whether a text nests more deeply than any document here does. Brackets in quotes may count, as that many never stand there. */
export const isTooDeep = (text: string): boolean => flowDepth(text) > DEEPEST || blockDepth(text) > DEEPEST;

/** What is said of such a text. */
export const TOO_DEEP = `nests more than ${DEEPEST} levels deep`;

function flowDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quote = '';
  for (const c of text) {
    if (quote !== '') {
      if (c === quote || c === '\n') quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '[' || c === '{') deepest = Math.max(deepest, ++depth);
    else if (c === ']' || c === '}') depth = Math.max(0, depth - 1);
  }
  return deepest;
}

/** Levels of indentation, and of dashes and question marks in one line. */
function blockDepth(text: string): number {
  const indents: number[] = [];
  let deepest = 0;
  for (const line of text.split('\n')) {
    const [lead = ''] = /^ *((?:[-?] +)*)/.exec(line) ?? [];
    const marks = lead.replaceAll(' ', '').length;
    const indent = line.length - line.trimStart().length;
    if (indent === line.length) continue;
    while (indents.length > 0 && (indents[indents.length - 1] ?? 0) >= indent) indents.pop();
    indents.push(indent);
    deepest = Math.max(deepest, indents.length + marks);
  }
  return deepest;
}
