/** Child process of a build: saves the optimised model, then opens it the way it will be run. */
import { join } from 'node:path';
import { problemsOf } from '../../base/problem.js';
import type { BuildAnswer, BuildRequest } from './build.js';
import { ENGINE_FILE } from './plan.js';
import { OrtSession } from './session.js';

function answer(request: BuildRequest): BuildAnswer {
  try {
    new OrtSession(request.file, request.saving).close();
    const session = new OrtSession(join(request.into, ENGINE_FILE), request.running);
    const { inputs, outputs } = session;
    session.close();
    return { inputs, outputs, peakMemory: process.resourceUsage().maxRSS * 1024 };
  } catch (error) {
    const problems = problemsOf(error);
    if (!problems) throw error;
    return { problems };
  }
}

process.once('message', (request: BuildRequest) => {
  process.send?.(answer(request), () => process.disconnect());
});
