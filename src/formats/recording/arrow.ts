/** Tables on disk: Arrow IPC files whose columns pandas, polars and DuckDB read as they are. */
import {
  type Column,
  type DataType,
  dictionary,
  float64,
  int32,
  Table,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  uint8,
  uint16,
  uint32,
  utf8,
} from '@uwdata/flechette';
import { fail } from '../../base/problem.js';
import { isWholeArrow } from './arrow-check.js';
import { DEVICE_STAMPS, type JobTable, OUTCOMES, STAMPS, type Stamp } from './jobs.js';
import type { Series } from './series.js';

const TABLE_VERSION = '1';

/** Names of the stamp columns in the file; unit ns since the run origin. */
const FILE_NAMES: Record<Stamp, string> = {
  nominal: 'nominal_ns',
  release: 'release_ns',
  seen: 'seen_ns',
  start: 'start_ns',
  enqueueEnd: 'enqueue_end_ns',
  complete: 'complete_ns',
  deviceStart: 'device_start_ns',
  copyInEnd: 'copy_in_end_ns',
  computeEnd: 'compute_end_ns',
  deviceEnd: 'device_end_ns',
  dropped: 'dropped_ns',
};

/** @param types of the columns; a column without rows does not know its own */
function withMetadata(
  table: Table,
  metadata: Record<string, string>,
  types: Readonly<Record<string, DataType>> = {},
): Table {
  const children = table.schema.fields.map((_, i) => table.getChildAt(i) as Column<unknown>);
  const fields = table.schema.fields.map((field) => ({ ...field, type: field.type ?? types[field.name] }));
  return new Table({ ...table.schema, fields, metadata: new Map(Object.entries(metadata)) }, children);
}

const encode = (table: Table): Uint8Array => tableToIPC(table, { format: 'file' }) as Uint8Array;

const JOB_TYPES: Readonly<Record<string, DataType>> = {
  task: uint16(),
  seq: uint32(),
  ...Object.fromEntries(STAMPS.map((stamp) => [FILE_NAMES[stamp], float64()])),
  outcome: uint8(),
  parent: int32(),
};

/** Columns of the device that no row uses (all NaN) are left out. */
export function encodeJobs(jobs: JobTable): Uint8Array {
  const columns: Record<string, ArrayLike<number>> = { task: jobs.task, seq: jobs.seq };
  for (const stamp of STAMPS) {
    if (!DEVICE_STAMPS.includes(stamp) || jobs[stamp].some((v) => !Number.isNaN(v)))
      columns[FILE_NAMES[stamp]] = jobs[stamp];
  }
  columns.outcome = jobs.outcome;
  columns.parent = jobs.parent;
  const table = tableFromArrays(columns as never) as Table;
  const metadata = { version: TABLE_VERSION, tasks: JSON.stringify(jobs.tasks), outcomes: JSON.stringify(OUTCOMES) };
  return encode(withMetadata(table, metadata, JOB_TYPES));
}

/** @throws ProblemError `file` or `version` */
export function decodeJobs(bytes: Uint8Array, file: string): JobTable {
  const table = decode(bytes, file);
  const tasks = namesOf(metadataOf(table, 'tasks', file), file);
  const length = table.numRows;
  let nothing: Float64Array | undefined;
  const absent = () => {
    nothing ??= new Float64Array(length).fill(Number.NaN);
    return nothing;
  };
  const column = <T>(name: string, of: { from(values: Iterable<number>): T; new (n: number): T }): T | undefined =>
    columnData(table, name, of);
  const stamps = Object.fromEntries(
    STAMPS.map((stamp) => [stamp, column(FILE_NAMES[stamp], Float64Array as never) ?? absent()]),
  ) as Record<Stamp, Float64Array>;
  const needed = <T>(name: string, data: T | undefined): T =>
    data ?? fail('file', `${file}: column ${name} is missing`);
  const jobs: JobTable = {
    length,
    tasks,
    task: needed('task', column('task', Uint16Array as never)) as Uint16Array,
    seq: needed('seq', column('seq', Uint32Array as never)) as Uint32Array,
    ...stamps,
    outcome: needed('outcome', column('outcome', Uint8Array as never)) as Uint8Array,
    parent: needed('parent', column('parent', Int32Array as never)) as Int32Array,
  };
  checkJobs(jobs, file);
  return jobs;
}

function namesOf(text: string, file: string): string[] {
  try {
    const names: unknown = JSON.parse(text);
    if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  } catch {
    // Told below.
  }
  return fail('file', `${file}: metadata "tasks" is no list of names`);
}

/** Columns of one length, and numbers that name what there is. */
function checkJobs(jobs: JobTable, file: string): void {
  const columns = { task: jobs.task, seq: jobs.seq, outcome: jobs.outcome, parent: jobs.parent };
  for (const [name, column] of [...Object.entries(columns), ...STAMPS.map((s) => [FILE_NAMES[s], jobs[s]] as const)])
    if (column.length !== jobs.length)
      fail('file', `${file}: column ${name} has ${column.length} values, and the table ${jobs.length} rows`);
  let before = 0;
  for (let row = 0; row < jobs.length; row++) {
    const task = jobs.task[row] ?? 0;
    if (task < before || task >= jobs.tasks.length)
      fail('file', `${file}: row ${row} is of task ${task}; expected rows by task, and there are ${jobs.tasks.length}`);
    before = task;
    if ((jobs.outcome[row] ?? 0) >= OUTCOMES.length || (jobs.parent[row] ?? -1) < -1)
      fail('file', `${file}: row ${row} has an outcome or a parent that does not exist`);
  }
}

function columnData<T>(table: Table, name: string, of: { new (n: number): T }): T | undefined {
  const child = table.getChild(name) as Column<unknown> | undefined;
  if (!child) return undefined;
  if (child.data.length === 0) return new of(0);
  if (child.data.length === 1) return (child.data[0] as unknown as { values: T }).values;
  const whole = new of(table.numRows) as T & { set(values: T, at: number): void };
  let at = 0;
  for (const batch of child.data as unknown as { values: T & ArrayLike<number>; length: number }[]) {
    whole.set((batch.values as unknown as Float64Array).subarray(0, batch.length) as never, at);
    at += batch.length;
  }
  return whole;
}

/** Every dictionary column has a dictionary of its own, so each needs a type of its own. */
const textType = (): DataType => dictionary(utf8());
const SERIES_TYPES = { series: textType(), unit: textType(), source: textType(), time_ns: float64(), value: float64() };

/** Long form: one row per sample, with the name, unit and source of its series. */
export function encodeSeries(series: readonly Series[]): Uint8Array {
  const rows = series.reduce((sum, s) => sum + s.time.length, 0);
  const time = new Float64Array(rows);
  const value = new Float64Array(rows);
  const names: Record<'series' | 'unit' | 'source', string[]> = { series: [], unit: [], source: [] };
  let at = 0;
  for (const s of series) {
    time.set(s.time, at);
    value.set(s.value, at);
    at += s.time.length;
    for (let i = 0; i < s.time.length; i++) {
      names.series.push(s.name);
      names.unit.push(s.unit);
      names.source.push(s.source);
    }
  }
  const table = tableFromArrays({ ...names, time_ns: time, value }, { types: SERIES_TYPES }) as Table;
  return encode(withMetadata(table, { version: TABLE_VERSION }, SERIES_TYPES));
}

/** @throws ProblemError `file` or `version` */
export function decodeSeries(bytes: Uint8Array, file: string): Series[] {
  const table = decode(bytes, file);
  const list: { name: string; unit: string; source: string; time: number[]; value: number[] }[] = [];
  const byKey = new Map<string, (typeof list)[number]>();
  const columns = ['series', 'unit', 'source', 'time_ns', 'value'].map(
    (name) => table.getChild(name) ?? fail('file', `${file}: column ${name} is missing`),
  );
  for (let row = 0; row < table.numRows; row++) {
    const [name, unit, source, time, value] = columns.map((c) => c.at(row) as never) as unknown as [
      string,
      string,
      string,
      number,
      number,
    ];
    if (
      ![name, unit, source].every((v) => typeof v === 'string') ||
      typeof time !== 'number' ||
      typeof value !== 'number'
    )
      fail('file', `${file}: row ${row} is no sample of a series`);
    const key = `${source}/${name}`;
    let entry = byKey.get(key);
    if (!entry) {
      entry = { name, unit, source, time: [], value: [] };
      byKey.set(key, entry);
      list.push(entry);
    }
    entry.time.push(time);
    entry.value.push(value);
  }
  return list.map((s) => ({ ...s, time: Float64Array.from(s.time), value: Float64Array.from(s.value) }));
}

const broken = (file: string): never =>
  fail('file', `${file}: not a whole Arrow file`, 'it may be cut short, or be something else');

function decode(bytes: Uint8Array, file: string): Table {
  if (!isWholeArrow(bytes)) return broken(file);
  let table: Table;
  try {
    table = tableFromIPC(bytes) as Table;
  } catch {
    return broken(file);
  }
  const version = metadataOf(table, 'version', file);
  if (Number(version) > Number(TABLE_VERSION)) {
    return fail(
      'version',
      `${file}: version ${version} is newer than version ${TABLE_VERSION}, the newest this program reads`,
      'update infersight',
    );
  }
  return table;
}

const metadataOf = (table: Table, key: string, file: string): string =>
  table.schema.metadata?.get(key) ??
  fail('file', `${file}: an Arrow file, but not one of infersight: metadata "${key}" is missing`);
