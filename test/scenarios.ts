/** Scenarios and columns for tests of the workload, in ms. */
import { parsePipeline } from '../src/formats/pipeline/parse.js';
import type { ScenarioSpec } from '../src/formats/pipeline/types.js';
import { clearColumns, columnBytes, DONE_COUNT, ROWS, type TaskColumns, viewColumns } from '../src/workload/columns.js';

/** The first scenario of a pipeline with the synthetic models a and b. */
export function scenarioOf(body: string): ScenarioSpec {
  const text = `version: 1
name: t
models:
  a: { backend: synthetic, build: { service: 1 ms } }
  b: { backend: synthetic, build: { service: 1 ms } }
scenarios:
  s: { ${body} }
`;
  return parsePipeline(text, 't.yaml').scenarios[0];
}

/** Completed jobs as [start, complete] in ms. */
export function columnsOf(jobs: readonly (readonly [number, number])[], capacity = jobs.length): TaskColumns {
  const columns = viewColumns(new SharedArrayBuffer(columnBytes(capacity)), capacity);
  clearColumns(columns);
  jobs.forEach(([start, complete], row) => {
    columns.release[row] = start * 1e6;
    columns.start[row] = start * 1e6;
    columns.complete[row] = complete * 1e6;
    columns.completions[row] = row;
  });
  columns.control[ROWS] = jobs.length;
  columns.control[DONE_COUNT] = jobs.length;
  return columns;
}
