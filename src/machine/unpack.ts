/** A tar that comes over a stream -> files. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fail } from '../base/problem.js';

/** @param whose results, in words @param hint what to do when it fails @throws ProblemError `disk` */
export async function unpack(tar: Readable, folder: string, whose: string, hint: string): Promise<void> {
  const child = spawn('tar', ['-xf', '-', '-C', folder], { stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdin.on('error', () => undefined);
  tar.pipe(child.stdin);
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (c) => resolve(c ?? 1));
  });
  if (code !== 0)
    fail('disk', `the results of ${whose} could not be unpacked: ${said.trim().split('\n').at(-1)}`, hint);
}
