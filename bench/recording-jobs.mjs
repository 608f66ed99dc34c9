// The completed jobs of a recording, by task, in ms.
import { readRecording } from '../dist/store/recording.js';

export async function readRecordingJobs(folder) {
  const { jobs, document } = await readRecording(folder);
  const names = document.tasks.map((t) => t.name);
  const byTask = Object.fromEntries(names.map((n) => [n, []]));
  const { from_ns: from, to_ns: to } = document.measure;
  for (let i = 0; i < jobs.length; i++) {
    if (jobs.outcome[i] !== 1 || jobs.release[i] < from || jobs.release[i] >= to) continue;
    byTask[names[jobs.task[i]]].push({
      response: (jobs.complete[i] - jobs.release[i]) / 1e6,
      service: (jobs.complete[i] - jobs.start[i]) / 1e6,
      compute: (jobs.computeEnd[i] - jobs.copyInEnd[i]) / 1e6,
    });
  }
  return byTask;
}
