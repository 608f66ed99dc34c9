/** The real trtexec files in test/fixtures/trtexec (from NVIDIA/TensorRT, Apache-2.0). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { SourceFile } from '../src/explorer/sources.js';

export const TRTEXEC = 'test/fixtures/trtexec';
export const dataSets = readdirSync(TRTEXEC).filter((n) => existsSync(join(TRTEXEC, n, 'graph.json')));

export const fixtureText = (set: string, name: string): string => {
  const path = join(TRTEXEC, set, name);
  return name.endsWith('.gz') ? gunzipSync(readFileSync(path)).toString('utf8') : readFileSync(path, 'utf8');
};

/** All files of a data set. */
export const sourcesOf = (set: string): SourceFile[] =>
  readdirSync(join(TRTEXEC, set)).map((name) => ({ file: `${set}/${name}`, text: fixtureText(set, name) }));
