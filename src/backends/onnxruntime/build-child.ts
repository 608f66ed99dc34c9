/** Child process of a build: saves the optimised model, then opens it the way it will be run. */
import { join } from 'node:path';
import { problemsOf } from '../../base/problem.js';
import type { EngineVerification } from '../../formats/engine/engine.js';
import { makeFeeds } from '../make-feeds.js';
import { compareOutputs } from '../verify.js';
import type { BuildAnswer, BuildRequest } from './build.js';
import { ENGINE_FILE } from './plan.js';
import { OrtSession } from './session.js';

/** Of the random inputs. */
const SEED = 1;

function answer(request: BuildRequest): BuildAnswer {
  try {
    new OrtSession(request.file, request.saving).close();
    const session = new OrtSession(join(request.into, ENGINE_FILE), request.running);
    const { inputs, outputs } = session;
    const peakMemory = process.resourceUsage().maxRSS * 1024;
    const verification = request.verify && verify(request, request.verify, session);
    session.close();
    return { inputs, outputs, peakMemory, ...(verification ? { verification } : {}) };
  } catch (error) {
    const problems = problemsOf(error);
    if (!problems) throw error;
    return { problems };
  }
}

/** The model as it stands in the file, with nothing optimised and nothing fixed, on the CPU. */
function verify(
  { file, saving }: BuildRequest,
  { inputs, shapes, folder, precision }: NonNullable<BuildRequest['verify']>,
  engine: OrtSession,
): EngineVerification | undefined {
  const { optimizedPath: _, ...settings } = saving;
  const model = new OrtSession(file, { ...settings, level: 'disabled', freeDimensions: {}, sessionConfig: {} });
  try {
    const feeds = makeFeeds(model.inputs, inputs, shapes, SEED, folder);
    const outputsOf = (session: OrtSession) => {
      session.bind(feeds);
      session.infer();
      return session.results();
    };
    return compareOutputs(outputsOf(model), outputsOf(engine), {
      against: 'the model as it stands, on the CPU',
      precision,
    });
  } finally {
    model.close();
  }
}

process.once('message', (request: BuildRequest) => {
  process.send?.(answer(request), () => process.disconnect());
});
