import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commitOf } from './git.js';

const hash = 'a'.repeat(40);
const repository = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'infersight-git-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(join(folder, 'robots/one'), { recursive: true });
  return join(folder, 'robots/one');
};

it.each<[string, Readonly<Record<string, string>>, string | undefined]>([
  ['of a branch', { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': `${hash}\n` }, hash.slice(0, 12)],
  [
    'of a packed branch',
    { '.git/HEAD': 'ref: refs/heads/x\n', '.git/packed-refs': `# pack\n${hash} refs/heads/x\n` },
    hash.slice(0, 12),
  ],
  ['detached', { '.git/HEAD': `${hash}\n` }, hash.slice(0, 12)],
  [
    'of a work tree',
    {
      '.git': 'gitdir: far/wt\n',
      'far/wt/HEAD': 'ref: refs/heads/w\n',
      'far/wt/commondir': '..\n',
      'far/refs/heads/w': hash,
    },
    hash.slice(0, 12),
  ],
  ['damaged', { '.git/HEAD': 'nonsense' }, undefined],
  ['without a commit yet', { '.git/HEAD': 'ref: refs/heads/main\n' }, undefined],
])('the commit %s', (_, files, expected) => expect(commitOf(repository(files), {})).toBe(expected));

it('that CI says it builds', () => {
  expect(commitOf('/', { GITHUB_SHA: 'b'.repeat(40) })).toBe('b'.repeat(12));
});
