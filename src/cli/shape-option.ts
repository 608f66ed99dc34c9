import { fail } from '../base/problem.js';

/** `NAME=1x3x224x224` @throws ProblemError `usage` */
export function parseShape(option: string): [name: string, shape: number[]] {
  const match = /^(.+)=(\d+(?:x\d+)*)$/.exec(option);
  if (!match) return fail('usage', `--shape ${option}: expected NAME=1x3x224x224`);
  return [match[1], match[2].split('x').map(Number)];
}
