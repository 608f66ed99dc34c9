import { fail } from '../base/problem.js';

/** `NAME=1x3x224x224` @throws ProblemError `usage` */
export function parseShape(option: string): [name: string, shape: number[]] {
  const [, name, sizes] = /^(.+)=(\d+(?:x\d+)*)$/.exec(option) ?? [];
  if (name === undefined || sizes === undefined) return fail('usage', `--shape ${option}: expected NAME=1x3x224x224`);
  return [name, sizes.split('x').map(Number)];
}
