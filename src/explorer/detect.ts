/** What a file is, by what stands in it; the name plays no part. */
import { fail } from '../base/problem.js';
import { isObject, kindOf, parseJson } from './json.js';
import { type FileKind, kindOfJson } from './readers/index.js';
import { isTrtexecLog } from './readers/trtexec-log.js';

/** What a file was found to be. */
export interface Detected {
  readonly kind: FileKind;
  /** Parsed, where the file is JSON. */
  readonly data: unknown;
  readonly mended: boolean;
}

/** What can be read, for messages. */
export const EXPECTED =
  'expected a layer file (trtexec --exportLayerInfo), a profile (--exportProfile), times (--exportTimes), a log of trtexec, a profile of ONNX Runtime, layers.json of a run, or an ONNX model';

/** A quick look: whether a text could be a file that is read, JSON or a log. */
export const mayBeKnown = (text: string): boolean => /^\s*[[{]|TensorRT|\[TRT\]/.test(text.slice(0, 20_000));

/** explore.json, by its beginning: it is made from the other files, so it counts only where there are none. */
export const isEngineReport = (text: string): boolean =>
  /^\s*\{\s*"version":\s*\d+,\s*"schema":\s*"infersight\/engine-report"/.test(text);

/** What may stand behind the first bracket tells JSON from a line of a log such as `[TensorRT] ...`. */
const beginsAsJson = (text: string): boolean =>
  /^\s*(\{|\[\s*($|[[{"\-\d\]]|true\b|false\b|null\b))/.test(text.slice(0, 1000));

/** Undefined when it is nothing that is known; a JSON file that is broken is a problem of its own. @throws ProblemError `file` */
export function detect(text: string, file: string): Detected | undefined {
  if (beginsAsJson(text) && !isTrtexecLog(text.slice(0, 20_000))) {
    const { data, mended } = parseJson(text, file);
    const kind = kindOfJson(data);
    return kind && { kind, data, mended };
  }
  return isTrtexecLog(text) ? { kind: 'log', data: undefined, mended: false } : undefined;
}

/** For a file that a person named. @throws ProblemError `file` saying what was found and what was expected */
export function detectOrFail(text: string, file: string): Detected {
  return detect(text, file) ?? fail('file', `${file}: ${foundIn(text)}`, EXPECTED);
}

function foundIn(text: string): string {
  if (text.trim() === '') return 'is empty';
  if (text.includes('\u0000'))
    return 'is a binary file of a kind that is not known (a TensorRT plan cannot be read without TensorRT; take its layer file)';
  if (!beginsAsJson(text))
    return `is text that no reader knows, beginning with "${text.trim().slice(0, 40).replace(/\s+/g, ' ')}"`;
  const { data } = parseJson(text, '');
  if (isObject(data))
    return `is JSON with the keys ${
      Object.keys(data)
        .slice(0, 6)
        .map((k) => `"${k.slice(0, 30)}"`)
        .join(', ') || '(none)'
    }`;
  const first = Array.isArray(data) ? data[0] : data;
  return Array.isArray(data) && data.length === 0
    ? 'is an empty JSON list'
    : `is a JSON list of ${
        isObject(first)
          ? `objects with the keys ${Object.keys(first)
              .slice(0, 6)
              .map((k) => `"${k.slice(0, 30)}"`)
              .join(', ')}`
          : `${kindOf(first)}s`
      }`;
}
