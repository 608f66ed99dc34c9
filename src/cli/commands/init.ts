import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fail, type Problem, ProblemError, problemsOf } from '../../base/problem.js';
import type { ModelSummary } from '../../formats/engine/model.js';
import { NAME } from '../../formats/fields.js';
import { type Dimension, tensorText } from '../../formats/tensor/tensor.js';
import { diskProblem, makeFolders } from '../../machine/files.js';
import { proposeShape, resolveInputs } from '../../onnx/inputs.js';
import { inputsOf, readOnnxFile } from '../../store/onnx-file.js';
import { demoModels, demoPipeline } from '../demo.js';
import type { ExitCode } from '../exit.js';

/** Writes a pipeline.yaml, and without models the demo beside it. */
export async function init(
  models: readonly string[],
  { out, force }: { out: string; force?: true },
): Promise<ExitCode> {
  if (existsSync(out) && !force)
    fail('usage', `${out} exists already`, 'name another file with --out, or overwrite it with --force');
  const text = models.length === 0 ? demo(dirname(resolve(out))) : describe(models, out);
  try {
    writeFileSync(out, text);
  } catch (error) {
    throw diskProblem(out, error);
  }
  const open = text.split('CHECK').length - 1;
  if (open > 0)
    process.stdout.write(
      `${open} ${open === 1 ? 'input has' : 'inputs have'} sizes that the model leaves open: look for CHECK in ${out} first\n`,
    );
  process.stdout.write(`wrote ${out}; next: infersight run${out === 'pipeline.yaml' ? '' : ` ${out}`}\n`);
  return 0;
}

function demo(folder: string): string {
  const models = demoModels();
  try {
    makeFolders(join(folder, 'models'));
    for (const { name, path } of models) copyFileSync(path, join(folder, 'models', name));
  } catch (error) {
    throw diskProblem(join(folder, 'models'), error);
  }
  return readFileSync(demoPipeline(), 'utf8');
}

function describe(paths: readonly string[], out: string): string {
  const problems: Problem[] = [];
  const models = paths.flatMap((path) => {
    try {
      const { model } = readOnnxFile(path);
      return [{ path, name: nameOf(path), inputs: inputsOf(model), outputs: model.graph.outputs.map((o) => o.name) }];
    } catch (error) {
      const found = problemsOf(error);
      if (!found) throw error;
      problems.push(...found);
      return [];
    }
  });
  if (problems.length > 0) throw new ProblemError(problems);
  models.forEach((m, i) => {
    const same = models.slice(0, i).filter((o) => o.name === m.name).length;
    if (same > 0) m.name = `${m.name}-${same + 1}`;
  });
  return `# yaml-language-server: $schema=https://unpkg.com/infersight/schema/pipeline.schema.json
version: 1
name: ${nameOf(dirname(resolve(out)))}

models:
${models.map((m) => modelText(m, dirname(resolve(out)))).join('\n')}

scenarios:
  all-together:
    mode: periodic            # every model is released at its own rate: the only mode that shows real deadlines
    duration: 60 s            # 299 jobs without a miss show 1 %; jobs that resemble their neighbours count for less
    warmup: 3 s
    tasks:
${models.map(taskText).join('\n')}

requirements:                 # what must hold; the exit code says whether it does
  - { task: "*", metric: miss_ratio, max: 1 % }
`;
}

const nameOf = (path: string): string => {
  const name = basename(path)
    .replace(/\.onnx$/i, '')
    .replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 60);
  return NAME.test(name) ? name : 'model';
};

interface Described {
  readonly path: string;
  name: string;
  readonly inputs: ModelSummary['inputs'];
  readonly outputs: readonly string[];
}

function modelText({ path, name, inputs, outputs }: Described, folder: string): string {
  const lines = [`  ${name}:`, `    file: ${JSON.stringify(relative(folder, resolve(path)))}`];
  const open = new Set(resolveInputs(name, inputs, {}).open);
  const written = inputs.map((input) => inputText(input, open.has(input.name), stateOutput(input.name, outputs)));
  if (written.length === 0) return lines.join('\n');
  // A key without a value is an error, so it is a comment where all its lines are.
  const empty = written.every((line) => line.trimStart().startsWith('#'));
  return [...lines, empty ? '    # inputs:' : '    inputs:', ...written].join('\n');
}

/** The output that a state comes back from, by the names that exporters give such pairs. */
const stateOutput = (input: string, outputs: readonly string[]): string | undefined =>
  outputs.find((o) =>
    [
      ...(/(^|_)in(_|$)/.test(input) ? [input.replace(/(^|_)in(_|$)/, '$1out$2')] : []),
      `${input}N`,
      `${input}n`,
      `${input}_n`,
      `${input}_out`,
      `out_${input}`,
      `next_${input}`,
      `new_${input}`,
    ].includes(o),
  );

/** Open dimensions get a size to start from, with a mark; what the file fixes stands as a comment. */
function inputText(input: ModelSummary['inputs'][number], open: boolean, state: string | undefined): string {
  const key = /^[A-Za-z_][\w.]*$/.test(input.name) ? input.name : JSON.stringify(input.name);
  const scalar = input.shape?.length === 0;
  if (scalar)
    return `      ${key}: { data: ${/^(sr|sample_?rate)$/i.test(input.name) ? 16000 : 1} }      # ${tensorText(input)}; check the value`;
  if (state) {
    const mark = open ? '; CHECK the sizes the model leaves open' : '';
    return `      ${key}: { shape: [${proposeShape(input).join(', ')}], data: zeros, feedback: ${JSON.stringify(state)} }      # ${tensorText(input)}, a state${mark}`;
  }
  if (!open) return `      # ${key}: ${tensorText(input)}, random data unless you say otherwise`;
  const symbols = (input.shape ?? []).filter((d: Dimension) => typeof d === 'string').length;
  return `      ${key}: { shape: [${proposeShape(input).join(', ')}] }      # ${tensorText(input)}; CHECK the ${symbols === 1 ? 'size' : 'sizes'} the model leaves open`;
}

function taskText({ name, inputs }: Described): string {
  const image = inputs.some((i) => i.shape?.length === 4);
  return image
    ? `      - { model: ${name}, rate: 15 Hz, overrun: latest }      # camera: only the newest frame counts`
    : `      - { model: ${name}, rate: 10 Hz, overrun: queue }       # every input counts`;
}
