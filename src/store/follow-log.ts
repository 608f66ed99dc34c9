/** The events of a run as they are written, from the first one on, until it ends. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENT_LOG } from './event-log.js';
import { statusOfRun } from './run-list.js';

/** The profiler reports twice a second. */
const INTERVAL_MS = 400;
const PIECE = 1 << 16;
/** So many looks without an event before it is asked whether the run is still alive. */
const SILENT = 4;

/**
 * Lines of events.ndjson. A run whose process was killed says no end of its own, one of an early version has no events, and a
 * folder can be deleted: then the last line says the end, as `run-end` with `logged`.
 * @param stopped asked before each look
 */
export async function* followLog(folder: string, stopped: () => boolean): AsyncGenerator<string> {
  const path = join(folder, EVENT_LOG);
  const decoder = new TextDecoder();
  let at = 0;
  let rest = '';
  let silent = 0;
  while (!stopped()) {
    silent++;
    for (let piece = readPiece(path, at); piece.length > 0; piece = readPiece(path, at)) {
      at += piece.length;
      silent = 0;
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines.filter((l) => l !== '');
      // A run that was gone on with has the end of its first part in the middle.
      const last = lines.findLast((l) => l !== '') ?? '';
      if (last.includes('"kind":"run-end"') && readPiece(path, at).length === 0) return;
    }
    if (silent > SILENT) {
      const state = statusOfRun(folder);
      if (state !== 'running') {
        yield JSON.stringify({ kind: 'run-end', state: state ?? 'gone', logged: at > 0 });
        return;
      }
    }
    await sleep(INTERVAL_MS);
  }
}

function readPiece(path: string, at: number): Uint8Array {
  if (!existsSync(path)) return new Uint8Array(0);
  const file = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(PIECE);
    return bytes.subarray(0, readSync(file, bytes, 0, PIECE, at));
  } finally {
    closeSync(file);
  }
}
