/** A file as the source of an ONNX reader. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fail, messageOf } from '../base/problem.js';
import type { ByteSource } from '../base/protobuf/wire.js';

/** Opens the file for the time of one call. @throws ProblemError `file` */
export function withFile<T>(path: string, use: (source: ByteSource) => T): T {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    return fail('file', `${path} cannot be read: ${messageOf(error)}`);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) return fail('file', `${path} is not a file`);
    return use({
      name: path,
      size: stat.size,
      read(offset, length) {
        const bytes = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const n = readSync(file, bytes, done, length - done, offset + done);
          if (n === 0) return fail('file', `${path} became shorter while it was read`);
          done += n;
        }
        return bytes;
      },
    });
  } finally {
    closeSync(file);
  }
}
