import { describe, expect, it } from 'vitest';
import { memoryProblem } from './device-memory.js';

const MIB = 2 ** 20;
const need = (task: string, key: string, engine: number, own: number) => ({
  task,
  key,
  engineBytes: engine * MIB,
  ownBytes: own * MIB,
});

describe('memory of a device', () => {
  const tasks = [need('detector', 'a', 300, 50), need('second', 'a', 300, 50), need('segmenter', 'b', 500, 100)];

  it('is counted once for tasks that run one engine', () => {
    expect(memoryProblem('gpu:0', tasks, 1000 * MIB)).toBeUndefined();
  });

  it('that is too small is told with what each task takes', () => {
    expect(memoryProblem('gpu:0', tasks, 999 * MIB)).toMatchObject({
      code: 'run',
      message:
        'the engines need 1000 MiB of gpu:0 together, and 999 MiB are free: detector 350 MiB, second 50 MiB (engine shared), segmenter 600 MiB',
    });
  });
});
