/** Tables of jobs and scenarios for tests of the analysis, in ms. */
import { parsePipeline } from '../src/formats/pipeline/parse.js';
import type { PipelineSpec, ScenarioSpec } from '../src/formats/pipeline/types.js';
import { type JobTable, OUTCOMES, type Outcome, STAMPS, type Stamp } from '../src/formats/recording/jobs.js';

export const MS = 1e6;

export interface Row {
  readonly task?: number;
  /** release, seen, start, complete in ms. */
  readonly at: readonly [number, number, number, number] | readonly [number];
  readonly outcome?: Outcome;
}

export function table(rows: readonly Row[]): JobTable {
  const n = rows.length;
  const stamps = Object.fromEntries(STAMPS.map((s) => [s, new Float64Array(n).fill(Number.NaN)])) as Record<
    Stamp,
    Float64Array
  >;
  rows.forEach(({ at, outcome = 'completed' }, i) => {
    const [release, seen = release, start = Number.NaN, complete = Number.NaN] = at.map((v) => v * MS);
    stamps.nominal[i] = stamps.release[i] = release;
    stamps.seen[i] = seen;
    stamps.start[i] = start;
    stamps.complete[i] = stamps.enqueueEnd[i] = complete;
    if (OUTCOMES.indexOf(outcome) > 1) stamps.dropped[i] = release;
  });
  return {
    length: n,
    tasks: ['a', 'b'],
    task: Uint16Array.from(rows, (r) => r.task ?? 0),
    seq: Uint32Array.from(rows, (_, i) => i),
    outcome: Uint8Array.from(rows, (r) => OUTCOMES.indexOf(r.outcome ?? 'completed')),
    parent: new Int32Array(n).fill(-1),
    ...stamps,
  };
}

/** A pipeline of synthetic models a, b, c and d with one scenario. */
export const pipeline = (body: string, more = ''): PipelineSpec =>
  parsePipeline(
    `version: 1\nname: t\nmodels:\n${['a', 'b', 'c', 'd'].map((m) => `  ${m}: { backend: synthetic, build: { service: 1 ms } }`).join('\n')}\nscenarios:\n  s: { ${body} }\n${more}`,
    'p.yaml',
  );

export const scenarioWith = (tasks: string): ScenarioSpec =>
  pipeline(`duration: 1 s, tasks: [ ${tasks} ]`).scenarios[0];
