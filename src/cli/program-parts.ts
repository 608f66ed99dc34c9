/** What the tables of commands share. */
import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { ExitCode } from './exit.js';

/** Lines behind the help of a command. */
export const example = (...lines: string[]): string => `\nExamples:\n${lines.map((l) => `  $ ${l}`).join('\n')}`;
/** `--reporter` */
export const reporter = () =>
  new Option('--reporter <kind>', 'how progress is shown')
    .choices(['auto', 'tty', 'plain', 'json'] as const)
    .default('auto' as const);

/** `--set` */
export const setOption = () =>
  new Option(
    '--set <path=value>',
    'a value instead of that of the file: detector.rate=20 Hz; several times for several',
  )
    .argParser(collect)
    .default([] as string[]);

/** Called with the exit code of the command that ran. */
export type Finish = (code: ExitCode) => void;

/** An option that can be given several times. */
export const collect = (value: string, all: string[]): string[] => [...all, value];
/** A whole number from 0 on. */
export const natural = (value: string): number => {
  const found = value.trim() === '' ? Number.NaN : Number(value);
  if (!Number.isInteger(found) || found < 0) throw new InvalidArgumentError('expected a whole number from 0 on.');
  return found;
};
/** A port. */
export const portNumber = (value: string): number => {
  const found = natural(value);
  if (found > 65_535) throw new InvalidArgumentError('expected a port, 0 to 65535.');
  return found;
};
/** 0 to 100. */
export const percent = (value: string): number => {
  const found = value.trim() === '' ? Number.NaN : Number(value);
  if (!(found >= 0 && found <= 100)) throw new InvalidArgumentError('expected a number from 0 to 100.');
  return found;
};
