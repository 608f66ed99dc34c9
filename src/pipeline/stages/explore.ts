/** Layers of an engine -> explore.json, a page and a picture of its graph. Needs no device. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fail, problemsOf } from '../../base/problem.js';
import { acceleratorsOf, engineFolder } from '../../formats/run/plan.js';
import { writeAtomic } from '../../machine/files.js';
import type { RunDirectory } from '../../store/run-directory.js';
import { engineSvgOf } from '../../views/engine-pictures.js';
import { exploreEngine } from '../../views/explore.js';
import { explorerHtml } from '../../views/explorer-page.js';
import type { StageBody } from '../stage-context.js';
import { STAGED_MODEL } from './prepare.js';

export const explore: StageBody = async ({ run, onEvent, stage }, name) => {
  const model = run.spec.models.find((m) => m.name === name) ?? fail('usage', `the pipeline has no model "${name}"`);
  for (const accelerator of acceleratorsOf(run.spec, model.name)) {
    const folder = run.path('engines', engineFolder(run.spec, model.name, accelerator));
    if (!existsSync(join(folder, 'engine.json')))
      fail('run', `${folder} has no engine`, `run its stage first: infersight stage build:${name} --run ${run.folder}`);
    try {
      await exploreOne(run, folder, name);
    } catch (error) {
      // What an engine is made of is no condition for what it does: the report goes on without it.
      for (const problem of problemsOf(error) ?? throwOn(error))
        onEvent({ kind: 'note', stage, severity: 'warning', text: `${folder} was not explored: ${problem.message}` });
    }
  }
  return {};
};

const throwOn = (error: unknown): never => {
  throw error;
};

async function exploreOne(run: RunDirectory, folder: string, name: string): Promise<void> {
  const staged = run.path('models', name, STAGED_MODEL);
  const explored = exploreEngine({ path: folder, ...(existsSync(staged) ? { onnx: staged } : {}) });
  await writeAtomic(join(folder, 'explore.json'), `${JSON.stringify(explored.report)}\n`);
  await writeAtomic(join(folder, 'explore.html'), explorerHtml({ version: 1, engines: [explored] }));
  await writeAtomic(join(folder, 'graph.svg'), engineSvgOf(explored.report, 'type'));
}
