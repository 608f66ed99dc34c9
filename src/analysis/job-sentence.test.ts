import { expect, it } from 'vitest';
import { type JobFacts, jobSentence } from './job-sentence.js';

const late: JobFacts = {
  outcome: 'completed',
  wait: 5.55,
  run: 76.8,
  deadline: 20,
  over: 62.4,
  usual: 9.17,
  engine: 'CPU',
  beside: [],
};

it.each<[string, Partial<JobFacts>, string]>([
  ['in time', { over: -45, run: 21.3, wait: 0 }, 'In time: done 21.3 ms after its release, 45 ms before its deadline.'],
  [
    'contention',
    { cause: 'contention', beside: [{ name: 'vad #463', shared: 24 }] },
    'Late by 62.4 ms: it ran 76.8 ms, 8.4 × its usual 9.17 ms; beside it on the CPU ran vad #463 for 24 ms.',
  ],
  [
    'slow job',
    { cause: 'slow_job' },
    'Late by 62.4 ms: it ran 76.8 ms, 8.4 × its usual 9.17 ms, with the CPU mostly to itself.',
  ],
  [
    'backlog',
    { cause: 'backlog', wait: 40, run: 9, over: 29, before: { name: '#737', run: 66 } },
    'Late by 29 ms: it waited 40 ms for #737, which ran 66 ms; it ran 9 ms, as usual.',
  ],
  [
    'slow model',
    { cause: 'slow_model', usual: 60, over: 12 },
    'Late by 12 ms: a usual job of this task takes 60 ms and has 20 ms.',
  ],
  [
    'dropped',
    { outcome: 'busy', before: { name: '#12', run: 140 } },
    'Never ran: its task was still busy; #12 ran then, for 140 ms.',
  ],
  ['cut off', { outcome: 'in_flight' }, 'Not done when the recording ended.'],
])('%s', (_, more, text) => expect(jobSentence({ ...late, ...more })).toBe(text));

it('without a deadline', () => {
  expect(jobSentence({ outcome: 'completed', wait: 1, run: 3, engine: 'CPU', beside: [] })).toBe(
    'Done 4 ms after its release.',
  );
});
