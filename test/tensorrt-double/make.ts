/** Compiles the double of TensorRT and CUDA for one major version; done once for all test files of a run. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = new URL('.', import.meta.url).pathname;
const TABLES = join(here, '../fixtures/tensorrt/vtables.json');

interface Tables {
  readonly majors: Record<string, { readonly classes: Record<string, { readonly methods: readonly string[] }> }>;
}

/** Places of the parser's methods, which are no part of the tables: NvOnnxParser.h of 8.6, 10.16 and 11.1. */
const PARSER: Record<number, Record<string, number>> = {
  8: { IParser_parseFromFile: 1, IParser_supportsOperator: 4, IParser_getNbErrors: 6, IParser_getError: 7 },
  10: { IParser_parseFromFile: 1, IParser_supportsOperator: 4, IParser_getNbErrors: 5, IParser_getError: 6 },
  11: { IParser_parseFromFile: 1, IParser_supportsOperator: 2, IParser_getNbErrors: 3, IParser_getError: 4 },
};
const ERROR: Record<number, Record<string, number>> = {
  8: { IParserError_desc: 1, IParserError_node: 5 },
  10: { IParserError_desc: 1, IParserError_node: 5, IParserError_nodeName: 6, IParserError_nodeOperator: 7 },
  11: { IParserError_desc: 1, IParserError_node: 5, IParserError_nodeName: 6, IParserError_nodeOperator: 7 },
};

function slots(major: number): string {
  const { classes } = (JSON.parse(readFileSync(TABLES, 'utf8')) as Tables).majors[String(major)];
  const lines = Object.entries(classes).flatMap(([name, { methods }]) =>
    methods.flatMap((method, i) => (method.includes('#') ? [] : [`#define ${name}_${method} ${i + 2}`])),
  );
  const own = Object.entries({ ...PARSER[major], ...ERROR[major] }).map(([name, place]) => `#define ${name} ${place}`);
  return `${[...lines, ...own].join('\n')}\n`;
}

/** @returns a folder with libnvinfer.so.N, libnvonnxparser.so.N and libcuda.so.1 */
export function makeDouble(major: 8 | 10 | 11): string {
  const source = readFileSync(join(here, 'double.cpp'), 'utf8');
  const header = slots(major);
  const key = createHash('sha256').update(source).update(header).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), `infersight-double-${major}-${key}`);
  if (existsSync(folder)) return folder;
  const making = `${folder}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  writeFileSync(join(making, 'slots.h'), header);
  const result = spawnSync(
    'g++',
    [
      '-std=c++17',
      '-O1',
      '-shared',
      '-fPIC',
      `-DMAJOR=${major}`,
      `-I${making}`,
      join(here, 'double.cpp'),
      '-o',
      join(making, 'double.so'),
      '-pthread',
    ],
    { encoding: 'utf8' },
  );
  if (result.status !== 0) throw new Error(`the double cannot be compiled: ${result.stderr}`);
  for (const name of [`libnvinfer.so.${major}`, `libnvonnxparser.so.${major}`, 'libcuda.so.1'])
    symlinkSync('double.so', join(making, name));
  try {
    renameSync(making, folder);
  } catch {
    // Another test file was faster.
  }
  return folder;
}
