/** Layers of an engine -> explore.json, a page and a picture of its graph. Needs no device. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fail, problemsOf } from '../../base/problem.js';
import { stagedFile } from '../../formats/run/staged.js';
import { writeAtomic } from '../../machine/files.js';
import { engineSvgOf } from '../../views/engine-pictures.js';
import { exploreEngine } from '../../views/explore.js';
import { explorerHtml } from '../../views/explorer-page.js';
import type { StageBody } from '../stage-context.js';

/** Reports on one engine. */
export const explore: StageBody = async ({ run, onEvent, stage }) => {
  const slot = run.slot(stage.subject);
  const folder = run.engineFolder(slot);
  if (!existsSync(join(folder, 'engine.json')))
    fail(
      'run',
      `${folder} has no engine`,
      `run its stage first: infersight stage build:${slot.id} --run ${run.folder}`,
    );
  try {
    const staged = run.path(stagedFile(slot.model));
    const explored = exploreEngine({ path: folder, ...(existsSync(staged) ? { onnx: staged } : {}) });
    await writeAtomic(join(folder, 'explore.json'), `${JSON.stringify(explored.report)}\n`);
    await writeAtomic(
      join(folder, 'explore.html'),
      explorerHtml({ version: 1, engines: [explored], report: '../../report.html' }),
    );
    await writeAtomic(join(folder, 'graph.svg'), engineSvgOf(explored.report, 'type'));
  } catch (error) {
    // What an engine is made of is no condition for what it does: the report goes on without it.
    const problems = problemsOf(error);
    if (!problems) throw error;
    for (const { message } of problems)
      onEvent({
        kind: 'note',
        stage: stage.id,
        severity: 'warning',
        text: `${folder} was not explored: ${message}`,
      });
  }
  return {};
};
