/** A YAML text with the way back from a path in its data to a line and column. */

import type { Position, Problem } from '../../base/problem.js';
import {
  type Document,
  isMap,
  isNode,
  isPair,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from '../../base/yaml.js';
import { isTooDeep, TOO_DEEP } from '../nesting.js';

/** Keys and positions from the top of the file. */
export type Path = readonly PropertyKey[];

/** Files above this are not pipeline files. */
const MAX_CHARACTERS = 4_000_000;
const MAX_ALIASES = 100;

const MOST_ERRORS = 5;

function refusalOf(text: string): string | undefined {
  if (text.length > MAX_CHARACTERS) return `is larger than ${MAX_CHARACTERS / 1e6} MB; a pipeline file is small`;
  if (isTooDeep(text)) return TOO_DEEP;
  return text.slice(0, 4096).includes('\0') ? 'is a binary file, not a pipeline file' : undefined;
}

/** The library speaks of its own functions in some messages. */
const inWords = (message: string): string =>
  /multiple documents/.test(message)
    ? 'the file holds several documents (separated by ---); expected one'
    : message.replace(/\s+at line \d+.*$/s, '');

/** A YAML text that knows where each of its values stands. */
export class YamlSource {
  readonly #file: string;
  readonly #text: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;
  /** Why the text is not read at all. */
  readonly #refused: string | undefined;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    this.#refused = refusalOf(text);
    this.#document = parseDocument(this.#refused === undefined ? text : '', {
      lineCounter: this.#lines,
      prettyErrors: false,
      version: '1.2',
      stringKeys: true,
      merge: true,
    });
  }

  /** Problems of the YAML itself; with any of these the data means nothing. */
  syntaxProblems(): Problem[] {
    if (this.#refused !== undefined) return [{ code: 'config', message: `${this.#file} ${this.#refused}` }];
    // What follows from the first mistakes helps nobody.
    return this.#document.errors.slice(0, MOST_ERRORS).map((error) => ({
      code: 'config',
      message: inWords(error.message),
      at: this.#position(error.pos[0]),
    }));
  }

  data(): unknown {
    return this.#document.toJS({ maxAliasCount: MAX_ALIASES });
  }

  /** Where the value at `path` stands; with `key`, where the key itself stands; else the nearest parent that exists. */
  locate(path: Path, key = false): Position {
    for (let length = path.length; length >= 0; length--) {
      const node = length === path.length && key ? this.#keyNode(path) : this.#valueNode(path.slice(0, length));
      const offset = node?.range?.[0];
      if (offset !== undefined) return this.#position(offset);
    }
    return this.#position(0);
  }

  #valueNode(path: Path): Node | undefined {
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path as unknown[], true);
    return isNode(node) ? node : undefined;
  }

  #keyNode(path: Path): Node | undefined {
    const parent = this.#valueNode(path.slice(0, -1));
    const last = path[path.length - 1];
    if (!isMap(parent)) return undefined;
    const pair = parent.items.find(
      (item): item is Pair<Node, Node> => isPair(item) && isNode(item.key) && String(item.key) === String(last),
    );
    return pair?.key;
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    const at = { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1) };
    const source = (this.#text.split('\n', at.line)[at.line - 1] ?? '').replaceAll('\t', ' ').slice(0, 160);
    const gutter = ` ${at.line} | `;
    const caret = `${' '.repeat(gutter.length - 2)}| ${' '.repeat(Math.min(at.column, 160) - 1)}^`;
    return { ...at, excerpt: `${gutter}${source}\n${caret}` };
  }
}
