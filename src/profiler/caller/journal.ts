/**
 * A recording on disk while it is made: every few seconds the rows that have changed are copied from the mapped files, with
 * the samples of the probes. After a power cut or a kill, what was measured until then is read back from it.
 *
 *   mapped columns  --rows since the last copy-->  .<n>.part/task.<k>     the same layout
 *   samples         --as they come-------------->  .<n>.part/samples.ndjson
 *   what it is      --each time----------------->  .<n>.part/recording.json
 *
 * Of a recording with rates of its own, memory of rows that are on disk is given back after a while.
 */
import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Recording, type RecordingDocument, readRecordingDocument } from '../../formats/recording/recording.js';
import type { Reading } from '../../formats/recording/tegrastats.js';
import { readBegin, readWhole, writeAtomic } from '../../machine/files.js';
import { punchHole } from '../../machine/mapped-memory.js';
import { assembleEach, usedRows } from '../../workload/assemble.js';
import {
  CONTROL_BYTES,
  type ColumnPlace,
  columnBytes,
  columnPlaces,
  DONE_COUNT,
  ROWS,
  type TaskColumns,
  viewColumns,
} from '../../workload/columns.js';
import { LOG_HEAD_BYTES, logExtent, StallLog } from '../control/stall-log.js';
import type { ControlFile } from '../messages.js';
import type { Column, Rotation } from '../rotation.js';
import { SeriesBuilder } from './series-builder.js';
import { controlDocuments, stallsOf } from './stalls.js';

const EVERY_MS = 5000;
const SAMPLES = 'samples.ndjson';
const PART = 'part.json';
/** The largest page of a kernel for arm64; holes are whole pages. */
const PAGE = 65_536;
/**
 * Rows at the begin and at the end of what is given back whose outcomes stay: holes of other columns begin and end within so many
 * rows, and a row without its outcome but with its start would look as if it still waited.
 */
const OUTCOMES_STAY = PAGE / 8;
/** Completions that are kept whatever their age, for the display. */
const LAST_COMPLETIONS = 8;

/** One sample as a line of the journal. */
interface SampleLine {
  /** CLOCK_MONOTONIC, ns. */
  readonly at: string;
  readonly source: string;
  readonly readings: readonly (readonly [name: string, unit: string, value: number])[];
  readonly line?: string;
}

interface TaskFile {
  readonly from: number;
  readonly to: number;
  readonly capacity: number;
  /** Rows before this one do not change any more. */
  settled: number;
  /** What was settled at earlier copies, of the last `keepMs`. */
  readonly history: { readonly at: number; readonly settled: number }[];
  /** Rows before this one may be on disk alone. */
  given: number;
  /** Where the memory of a column begins that has not been given back, bytes. */
  readonly begins: Map<Column, number>;
}

interface LogFile {
  readonly from: number;
  readonly to: number;
  /** Bytes that were copied before. */
  size: number;
}

interface Part {
  readonly capacities: readonly number[];
  readonly controls: readonly Omit<ControlFile, 'path'>[];
}

const NEVER_GIVEN: Pick<TaskFile, 'given' | 'begins' | 'capacity'> = { given: 0, begins: new Map(), capacity: 0 };

/** Copies a recording to disk while it is made. A journal that cannot be written costs safety, not the recording. */
export class Journal {
  readonly #folder: string;
  readonly #document: () => RecordingDocument | undefined;
  readonly #onProblem: (error: unknown) => void;
  readonly #onHeld: () => void;
  #rotation: Rotation | undefined;
  #tasks: TaskFile[] = [];
  #controls: LogFile[] = [];
  #samples: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** A document is being written. */
  #writing = false;
  #over = false;
  #failed = false;

  /**
   * @param document what is known of the recording by now; undefined before its first release
   * @param rotation what memory is given back; none without
   * @param onHeld the system cannot give memory back
   */
  constructor(
    folder: string,
    document: () => RecordingDocument | undefined,
    onProblem: (error: unknown) => void,
    rotation?: Rotation,
    onHeld: () => void = () => {},
  ) {
    this.#folder = folder;
    this.#rotation = rotation;
    this.#onHeld = onHeld;
    this.#document = document;
    this.#onProblem = onProblem;
  }

  /** @param files mapped columns of the tasks @param controls logs of the control threads */
  begin(
    files: readonly { readonly path: string; readonly capacity: number }[],
    controls: readonly ControlFile[],
  ): void {
    this.#attempt(() => {
      rmSync(this.#folder, { recursive: true, force: true });
      mkdirSync(this.#folder, { recursive: true });
      this.#samples = openSync(join(this.#folder, SAMPLES), 'a');
      this.#tasks = files.map(({ path, capacity }, i) => {
        const to = openSync(join(this.#folder, `task.${i}`), 'w+');
        ftruncateSync(to, columnBytes(capacity));
        const from = openSync(path, this.#rotation ? 'r+' : 'r');
        return { from, to, capacity, settled: 0, history: [], given: 0, begins: new Map() };
      });
      this.#controls = controls.map(({ cpu, path }) => ({
        from: openSync(path, 'r'),
        to: openSync(join(this.#folder, `cpu.${cpu}`), 'w+'),
        size: 0,
      }));
      const part: Part = {
        capacities: files.map((f) => f.capacity),
        controls: controls.map(({ cpu, period }) => ({ cpu, period })),
      };
      writeFileNow(join(this.#folder, PART), JSON.stringify(part));
      this.#timer = setInterval(() => this.#attempt(() => this.#copy()), EVERY_MS);
    });
  }

  sample(at: bigint, source: string, readings: readonly Reading[], line: string | undefined): void {
    const file = this.#samples;
    if (file === undefined) return;
    const entry: SampleLine = {
      at: String(at),
      source,
      readings: readings.map(({ name, unit, value }) => [name, unit, value] as const),
      ...(line === undefined ? {} : { line }),
    };
    this.#attempt(() => writeSync(file, `${JSON.stringify(entry)}\n`));
  }

  /** Stops copying; the files stay. */
  end(): void {
    this.#over = true;
    clearInterval(this.#timer);
    for (const { from, to } of [...this.#tasks, ...this.#controls]) {
      closeSync(from);
      closeSync(to);
    }
    if (this.#samples !== undefined) closeSync(this.#samples);
    this.#controls = [];
    this.#samples = undefined;
  }

  /** Puts rows of a task back whose memory was given back. @param columns in memory of their own */
  restore(columns: TaskColumns, task: number): void {
    const { given, begins, capacity } = this.#tasks[task] ?? NEVER_GIVEN;
    if (given === 0) return;
    const file = openSync(join(this.#folder, `task.${task}`), 'r');
    const into = new Uint8Array(columns.control.buffer);
    const places = columnPlaces(capacity);
    for (const name of begins.keys()) {
      const { offset, width } = places[name];
      into.set(read(file, offset, given * width), offset);
    }
    closeSync(file);
  }

  /** Takes the files away, once the recording itself is on disk. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #copy(): void {
    const document = this.#document();
    if (!document) return;
    for (const task of this.#tasks) copyRows(task);
    for (const log of this.#controls) copyLog(log);
    // The bytes of the rows before the document that counts them; both in the background.
    const written = [
      ...[...this.#tasks, ...this.#controls].map((t) => t.to),
      ...(this.#samples === undefined ? [] : [this.#samples]),
    ];
    for (const file of written) fdatasync(file, (error) => error && this.#fail(error));
    // A disk that is slower than the copies gets the newest when it is done with the one before.
    if (!this.#writing) {
      this.#writing = true;
      writeAtomic(join(this.#folder, 'recording.json'), JSON.stringify(document))
        .catch(this.#fail)
        .finally(() => {
          this.#writing = false;
        });
    }
    const rotation = this.#rotation;
    if (!rotation || this.#tasks.every((task) => giveBack(task, rotation))) return;
    this.#rotation = undefined;
    this.#onHeld();
  }

  #attempt(action: () => unknown): void {
    if (this.#failed) return;
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }

  readonly #fail = (error: unknown): void => {
    if (this.#failed || this.#over) return;
    this.#failed = true;
    clearInterval(this.#timer);
    this.#onProblem(error);
  };
}

function writeFileNow(path: string, text: string): void {
  const file = openSync(path, 'w');
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
}

function copyRows(task: TaskFile): void {
  const control = read(task.from, 0, CONTROL_BYTES);
  const rows = Math.min(task.capacity, new Int32Array(control.buffer)[ROWS]);
  const places = columnPlaces(task.capacity);
  // Read before the rows: what is settled now is copied as it stays.
  const outcome = read(task.from, places.outcome.offset + task.settled, rows - task.settled);
  for (const { offset, width } of Object.values(places)) {
    const begin = offset + task.settled * width;
    writeAll(task.to, read(task.from, begin, offset + rows * width - begin), begin);
  }
  const open = outcome.indexOf(0);
  task.settled += open < 0 ? outcome.length : open;
  writeAll(task.to, control, 0);
}

/** Memory of rows that were on disk a while ago. @returns false where the system cannot */
function giveBack(task: TaskFile, { keepMs, lasting }: Rotation): boolean {
  const now = performance.now();
  task.history.push({ at: now, settled: task.settled });
  let rows = task.given;
  while (task.history[0] && now - task.history[0].at >= keepMs) rows = task.history.shift()?.settled ?? rows;
  rows = Math.min(rows, lastCompleted(task));
  if (rows <= task.given) return true;
  task.given = rows;
  // Outcomes come last.
  for (const [name, { offset, width }] of Object.entries(columnPlaces(task.capacity)) as [Column, ColumnPlace][]) {
    if (lasting.includes(name)) continue;
    const [from, before] = name === 'outcome' ? [OUTCOMES_STAY, rows - OUTCOMES_STAY] : [0, rows];
    const begin = task.begins.get(name) ?? Math.ceil((offset + from * width) / PAGE) * PAGE;
    const end = Math.floor((offset + before * width) / PAGE) * PAGE;
    task.begins.set(name, Math.max(begin, end));
    if (end > begin && !punchHole(task.from, begin, end - begin)) return false;
  }
  return true;
}

/** Row of one of the last completions; 0 before there are so many. */
function lastCompleted({ from, capacity }: TaskFile): number {
  const done = new Int32Array(read(from, 0, CONTROL_BYTES).buffer)[DONE_COUNT];
  if (done < LAST_COMPLETIONS) return 0;
  const { offset, width } = columnPlaces(capacity).completions;
  return new Int32Array(read(from, offset + (done - LAST_COMPLETIONS) * width, width).buffer)[0];
}

/** The head changes each time; events are added behind it. */
function copyLog(log: LogFile): void {
  const { head, end } = logExtent(read(log.from, 0, LOG_HEAD_BYTES));
  writeAll(log.to, read(log.from, 0, head), 0);
  const begin = Math.max(head, log.size);
  writeAll(log.to, read(log.from, begin, end - begin), begin);
  log.size = end;
}

function read(file: number, at: number, bytes: number): Uint8Array<ArrayBuffer> {
  const buffer = new Uint8Array(new ArrayBuffer(Math.max(0, bytes)));
  for (let done = 0; done < buffer.length; ) {
    const n = readSync(file, buffer, done, buffer.length - done, at + done);
    if (n === 0) break;
    done += n;
  }
  return buffer;
}

function writeAll(file: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at + done);
}

/**
 * The recording in a journal, up to its last copy.
 * @returns undefined where nothing had been measured yet
 */
export async function readJournal(folder: string): Promise<Recording | undefined> {
  const path = join(folder, 'recording.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const part = await readFile(join(folder, PART), 'utf8').then(
    (t) => JSON.parse(t) as Part,
    () => undefined,
  );
  if (text === undefined || part === undefined) return undefined;
  const document = readRecordingDocument(text, path);
  const logs = part.controls.map((c) => ({ ...c, log: new StallLog(readWhole(join(folder, `cpu.${c.cpu}`))) }));
  const origin = BigInt(document.clock.start.monotonic_ns);
  const series = new SeriesBuilder();
  const lines: string[] = [];
  for (const entry of await samplesIn(join(folder, SAMPLES))) {
    for (const [name, unit, value] of entry.readings) series.add(entry.source, BigInt(entry.at), { name, unit, value });
    if (entry.line !== undefined) lines.push(entry.line);
  }
  return {
    document: { ...document, control: controlDocuments(logs) },
    jobs: assembleEach(
      document.tasks.map((t) => t.name),
      part.capacities.map((capacity, i) =>
        usedRows({ control: new Int32Array(readBegin(join(folder, `task.${i}`), CONTROL_BYTES)), capacity }),
      ),
      (i) => viewColumns(readWhole(join(folder, `task.${i}`)), part.capacities[i] ?? 0),
    ),
    series: [...series.series(origin), ...stallsOf(logs)],
    lines,
  };
}

/** The last line may be cut short. */
async function samplesIn(path: string): Promise<SampleLine[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as SampleLine];
    } catch {
      return [];
    }
  });
}
