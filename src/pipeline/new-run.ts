/** A pipeline file -> a run directory, once everything that the file says and names has been checked. */
import { dirname, resolve } from 'node:path';
import { ProblemError } from '../base/problem.js';
import { YamlSource } from '../formats/pipeline/source.js';
import { type NewRun, RunDirectory, readSpec } from '../store/run-directory.js';
import { checkSources } from './sources.js';

/** @throws ProblemError with every mistake; then no folder was made */
export async function createRun(request: NewRun): Promise<RunDirectory> {
  const spec = readSpec(request.text, request.file, request);
  if (request.serviceFrom) RunDirectory.open(request.serviceFrom);
  if (!request.simulate) {
    const { problems } = await checkSources(spec, resolve(request.source ?? dirname(request.file)));
    if (problems.length > 0) {
      const source = new YamlSource(request.file, request.text);
      throw new ProblemError(problems.map((p) => (p.path ? { ...p, at: source.locate(p.path) } : p)));
    }
  }
  return RunDirectory.create(request);
}
