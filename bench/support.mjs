// What the benchmarks share: running programs, quantiles, models, tables.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const work = join(root, '.cache/bench');
mkdirSync(work, { recursive: true });
export const main = join(root, 'dist/cli/main.js');

export const quantile = (values, p) => {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(1, Math.ceil(sorted.length * p)) - 1];
};
export const median = (values) => quantile(values, 0.5);
export const round = (value, digits = 3) => Number(value.toFixed(digits));

export function run(program, parameters, options = {}) {
  const result = spawnSync(program, parameters, { encoding: 'utf8', maxBuffer: 1 << 30, cwd: work, ...options });
  if (result.status !== 0 && !options.anyStatus)
    throw new Error(`${program} ${parameters.join(' ')}: ${result.stderr || result.error}`);
  return result;
}
export const numbers = (text) => text.trim().split('\n').map(Number);
export const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** Compiles a C program of this folder; undefined without a compiler. */
export function compile(name) {
  if (!has('cc')) return undefined;
  const out = join(work, name);
  run('cc', ['-O2', '-w', '-o', out, join(root, 'bench', `${name}.c`), '-ldl']);
  return out;
}

/** Runs a pipeline and gives its run directory. */
export function runPipeline(name, text, parameters = []) {
  const file = join(work, `${name}.yaml`);
  writeFileSync(file, text);
  const id = `${name}-${process.pid}-${Date.now().toString(36)}`;
  run(
    process.execPath,
    [
      main,
      'run',
      file,
      '--quiet',
      '--runs',
      join(work, 'runs'),
      '--id',
      id,
      '--cache',
      join(work, 'engines'),
      ...parameters,
    ],
    { anyStatus: true },
  );
  return join(work, 'runs', id);
}
export const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

// A small ONNX writer: enough for one operator with constant weights.
const varint = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...varint(Math.floor(n / 128))]);
const int = (f, v) => [...varint(f * 8), ...varint(v)];
const bytes = (f, b) => Buffer.concat([Buffer.from([...varint(f * 8 + 2), ...varint(b.length)]), Buffer.from(b)]);
const text = (f, s) => bytes(f, Buffer.from(s));
const value = (name, shape) =>
  Buffer.concat([
    text(1, name),
    bytes(
      2,
      bytes(
        1,
        Buffer.concat([
          Buffer.from(int(1, 1)),
          bytes(2, Buffer.concat(shape.map((d) => bytes(1, Buffer.from(int(1, d)))))),
        ]),
      ),
    ),
  ]);
export function writeModel(path, { operator, input, output, weight, attributes = [] }) {
  const node = Buffer.concat([
    text(1, 'x'),
    ...(weight ? [text(1, 'w')] : []),
    text(2, 'y'),
    text(4, operator),
    ...attributes.map((a) => bytes(5, a)),
  ]);
  const initializer =
    weight &&
    Buffer.concat([
      Buffer.from([...weight.shape.flatMap((d) => int(1, d)), ...int(2, 1)]),
      text(8, 'w'),
      bytes(9, Buffer.from(weight.data.buffer)),
    ]);
  const graph = Buffer.concat([
    bytes(1, node),
    text(2, 'g'),
    ...(initializer ? [bytes(5, initializer)] : []),
    bytes(11, value('x', input)),
    bytes(12, value('y', output)),
  ]);
  writeFileSync(
    path,
    Buffer.concat([
      Buffer.from(int(1, 8)),
      bytes(7, graph),
      bytes(8, Buffer.concat([text(1, ''), Buffer.from(int(2, 17))])),
    ]),
  );
}

/** Processes that another one started, by a word of their command line. */
export const childrenOf = (parent, word) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        return ppid === parent && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(word) ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
