/** Child process that loads a plan which was refused, to hear why: what TensorRT says there, it may say from any thread. */
import { readFileSync } from 'node:fs';
import { growNativeStack } from '../../machine/native-stack.js';
import { makeLogger } from './callbacks.js';
import { loadCuda } from './cuda.js';
import { initPlugins, loadPlugin, loadTensorRt } from './library.js';
import { TrtObject } from './objects.js';
import { makeRuntime, type PlanQuestion, planArguments } from './runtime.js';

growNativeStack();

async function errorsOf(question: PlanQuestion): Promise<string[]> {
  loadCuda().use(question.device);
  const library = loadTensorRt();
  for (const plugin of question.plugins) loadPlugin(plugin);
  const lines: string[] = [];
  const logger = makeLogger(library, (severity, text) => {
    if (severity === 'error' || severity === 'internal error') lines.push(text);
  });
  initPlugins(library, logger.pointer);
  const runtime = makeRuntime(library, logger.pointer, question);
  const plan = readFileSync(question.path);
  const pointer = await runtime.callAsync('deserializeCudaEngine', ...planArguments(library, plan));
  if (pointer) new TrtObject(library, 'VCudaEngine', pointer as bigint).delete();
  return lines;
}

process.once('message', (question: PlanQuestion) => {
  void errorsOf(question).then((lines) => process.send?.(lines, () => process.exit(0)));
});
