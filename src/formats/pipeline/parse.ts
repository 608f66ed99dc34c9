/** pipeline.yaml: text -> PipelineSpec, or every problem at once with its place. */
import { type Problem, ProblemError } from '../../base/problem.js';
import { checkMeaning } from './check.js';
import { issueProblems } from './issues.js';
import { resolvePipeline } from './resolve.js';
import { pipelineSchema } from './schema.js';
import { YamlSource } from './source.js';
import type { PipelineSpec } from './types.js';

/** @throws ProblemError with code `config` that carries every mistake of the file. */
export function parsePipeline(text: string, file: string): PipelineSpec {
  const source = new YamlSource(file, text);
  const syntax = source.syntaxProblems();
  if (syntax.length > 0) throw new ProblemError(syntax);
  let data: unknown;
  try {
    data = source.data();
  } catch (error) {
    throw new ProblemError({ code: 'config', message: `${file}: ${(error as Error).message}` });
  }
  if (data === null || typeof data !== 'object' || Array.isArray(data)) {
    throw new ProblemError({
      code: 'config',
      message: 'expected a map with version, name, models and scenarios',
      hint: 'infersight init writes one',
      at: source.locate([]),
    });
  }
  // Keys that begin with x- are the author's own: a place for templates that others refer to.
  data = Object.fromEntries(Object.entries(data).filter(([key]) => !key.startsWith('x-')));
  const parsed = pipelineSchema.safeParse(data);
  const problems = [
    ...(parsed.success ? [] : issueProblems(parsed.error.issues, source, pipelineSchema)),
    ...checkMeaning(data as Record<string, unknown>, source),
  ];
  if (problems.length > 0 || !parsed.success) throw new ProblemError(inFileOrder(problems));
  return resolvePipeline(parsed.data);
}

const inFileOrder = (problems: Problem[]): Problem[] =>
  problems
    .filter((p, i) => problems.findIndex((q) => q.message === p.message && samePlace(p, q)) === i)
    .sort((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0));

const samePlace = (a: Problem, b: Problem): boolean => a.at?.line === b.at?.line && a.at?.column === b.at?.column;
