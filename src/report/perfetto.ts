/**
 * Recordings -> Perfetto's own format (protos/perfetto/trace/trace.proto; field numbers from there), for runs whose trace
 * would be too long as JSON. A process per recording, a track per task with a slice per job, a track of its releases with
 * an arrow from each release to its job, and a counter per system series. Times in ns.
 */

import { ProtobufWriter } from '../base/protobuf/writer.js';
import type { TaskSpec } from '../formats/pipeline/types.js';
import { absoluteDeadline, COMPLETED, type JobTable, OUTCOMES } from '../formats/recording/jobs.js';
import type { TracedRecording } from './trace.js';

const TRACE = { packet: 1 } as const;
const PACKET = { timestamp: 8, sequence: 10, event: 11, interned: 12, flags: 13, descriptor: 60 } as const;
const EVENT = { annotation: 4, type: 9, nameId: 10, track: 11, double: 44, flow: 47, flowEnd: 48 } as const;
const DESCRIPTOR = { uuid: 1, name: 2, process: 3, parent: 5, counter: 8, ordering: 11, rank: 12 } as const;
const PROCESS = { pid: 1, name: 6 } as const;
const ANNOTATION = { nameId: 1, int: 4, double: 5 } as const;
const TYPES = { begin: 1, end: 2, instant: 3, counter: 4 } as const;
const EXPLICIT_ORDER = 3;
const SEQUENCE = 1;
/** The first packet clears the names that are told by number; the others need them. */
const FLAGS = { cleared: 1, needed: 2 } as const;
const NAMES = { events: 2, annotations: 3 } as const;
const NOTES = { seq: 1, response_ms: 2, queue_wait_ms: 3 } as const;

/** Numbers of a recording's tracks; 2^20 tracks a recording are more than there are series and tasks. */
const trackOf = (recording: number, n: number): number => (recording + 1) * 2 ** 20 + n;

/** Pieces of a file in Perfetto's own format. */
export function* perfettoTrace(recordings: readonly TracedRecording[]): Generator<Uint8Array> {
  const writer = new PacketWriter(recordings);
  writer.names(recordings);
  for (const [r, recording] of recordings.entries()) {
    writer.tracks(r, recording);
    for (let row = 0; row < recording.jobs.length; row++) {
      writer.job(r, recording, row);
      const piece = writer.proto.takeFull();
      if (piece) yield piece;
    }
    for (const [s, series] of recording.series.entries()) {
      const track = trackOf(r, 1 + 2 * recording.tasks.length + s);
      for (let i = 0; i < series.time.length; i++) {
        writer.counter(track, series.time[i], series.value[i]);
        const piece = writer.proto.takeFull();
        if (piece) yield piece;
      }
    }
  }
  yield writer.proto.take();
}

/** Samples may have been taken before the origin of the run, and a time stamp is natural. */
function earliest(recordings: readonly TracedRecording[]): number {
  let first = 0;
  for (const { series } of recordings)
    for (const s of series) if (s.time.length > 0) first = Math.min(first, s.time[0]);
  return first;
}

/** Cut to a length that no name of a person has. */
const short = (text: string): string => text.slice(0, 1000);

class PacketWriter {
  readonly proto = new ProtobufWriter();
  readonly #first: number;
  readonly #nameIds = new Map<string, number>();
  #flow = 0;

  constructor(recordings: readonly TracedRecording[]) {
    this.#first = earliest(recordings);
  }

  #packet(time: number | undefined, inside: () => void): void {
    const { proto } = this;
    proto.message(TRACE.packet, () => {
      if (time !== undefined) proto.varint(PACKET.timestamp, Math.max(0, Math.round(time - this.#first)));
      proto.varint(PACKET.sequence, SEQUENCE);
      inside();
    });
  }

  #event(time: number, track: number, type: number, inside: () => void): void {
    const { proto } = this;
    this.#packet(time, () => {
      proto.varint(PACKET.flags, FLAGS.needed);
      proto.message(PACKET.event, () => {
        proto.varint(EVENT.type, type);
        proto.varint(EVENT.track, track);
        inside();
      });
    });
  }

  /** A name that came before keeps its number. */
  #intern(text: string): void {
    if (!this.#nameIds.has(text)) this.#nameIds.set(text, this.#nameIds.size + 1);
  }

  #name(text: string): void {
    this.proto.varint(EVENT.nameId, this.#nameIds.get(text) ?? 0);
  }

  #note(id: number, value: number, field: number): void {
    const { proto } = this;
    proto.message(EVENT.annotation, () => {
      proto.varint(ANNOTATION.nameId, id);
      if (field === ANNOTATION.int) proto.varint(field, value);
      else proto.double(field, value);
    });
  }

  /** Every name that an event can have, told once. */
  names(recordings: readonly TracedRecording[]): void {
    const { proto } = this;
    for (const { tasks } of recordings)
      for (const { name } of tasks) for (const text of [name, `${name} late`]) this.#intern(text);
    for (const text of ['release', 'measured', ...OUTCOMES.slice(2).map((o) => `dropped: ${o}`)]) this.#intern(text);
    const names = [...this.#nameIds];
    const packets = Math.ceil(names.length / 30);
    for (let p = 0; p < packets; p++)
      this.#packet(undefined, () => {
        proto.varint(PACKET.flags, p === 0 ? FLAGS.cleared : FLAGS.needed);
        proto.message(PACKET.interned, () => {
          for (const [text, id] of names.slice(p * 30, (p + 1) * 30)) this.#interned(NAMES.events, id, text);
          if (p === 0) for (const [text, id] of Object.entries(NOTES)) this.#interned(NAMES.annotations, id, text);
        });
      });
  }

  #interned(field: number, id: number, text: string): void {
    this.proto.message(field, () => {
      this.proto.varint(1, id);
      this.proto.text(2, short(text));
    });
  }

  #track(uuid: number, rank: number, name: string, parent: number, more: () => void = () => {}): void {
    const { proto } = this;
    this.#packet(undefined, () => {
      proto.message(PACKET.descriptor, () => {
        proto.varint(DESCRIPTOR.uuid, uuid);
        proto.text(DESCRIPTOR.name, short(name));
        proto.varint(DESCRIPTOR.parent, parent);
        proto.varint(DESCRIPTOR.rank, rank);
        more();
      });
    });
  }

  tracks(r: number, { name, tasks, series, measureFrom, measureTo }: TracedRecording): void {
    const { proto } = this;
    const process = trackOf(r, 0);
    this.#packet(undefined, () => {
      proto.message(PACKET.descriptor, () => {
        proto.varint(DESCRIPTOR.uuid, process);
        proto.varint(DESCRIPTOR.ordering, EXPLICIT_ORDER);
        proto.message(DESCRIPTOR.process, () => {
          proto.varint(PROCESS.pid, r + 1);
          proto.text(PROCESS.name, short(name));
        });
      });
    });
    for (const [i, task] of tasks.entries()) {
      this.#track(trackOf(r, 1 + 2 * i), 1 + 2 * i, task.name, process);
      this.#track(trackOf(r, 2 + 2 * i), 2 + 2 * i, `${task.name} releases`, process);
    }
    for (const [s, { name: title, unit }] of series.entries()) {
      const n = 1 + 2 * tasks.length + s;
      this.#track(trackOf(r, n), n, `${title} (${unit})`, process, () => proto.message(DESCRIPTOR.counter, () => {}));
    }
    const phases = trackOf(r, 2 ** 20 - 1);
    this.#track(phases, 0, 'phases', process);
    this.#event(measureFrom, phases, TYPES.begin, () => this.#name('measured'));
    this.#event(measureTo, phases, TYPES.end, () => {});
  }

  job(r: number, { tasks, jobs }: TracedRecording, row: number): void {
    const { proto } = this;
    const task = jobs.task[row];
    const [track, releases] = [trackOf(r, 1 + 2 * task), trackOf(r, 2 + 2 * task)];
    const completed = jobs.outcome[row] === COMPLETED;
    const flow = ++this.#flow;
    this.#event(jobs.release[row], releases, TYPES.instant, () => {
      this.#name('release');
      this.#note(NOTES.seq, jobs.seq[row], ANNOTATION.int);
      if (completed) proto.fixed64(EVENT.flow, flow);
    });
    if (completed) this.#slice(tasks[task], jobs, row, track, flow);
    else if (jobs.outcome[row] > COMPLETED)
      this.#event(jobs.dropped[row], releases, TYPES.instant, () => {
        this.#name(`dropped: ${OUTCOMES[jobs.outcome[row]]}`);
        this.#note(NOTES.seq, jobs.seq[row], ANNOTATION.int);
      });
  }

  #slice(task: TaskSpec, jobs: JobTable, row: number, track: number, flow: number): void {
    const { proto } = this;
    const deadline = absoluteDeadline(task, jobs, row);
    const late = jobs.complete[row] > deadline;
    this.#event(jobs.start[row], track, TYPES.begin, () => {
      this.#name(late ? `${task.name} late` : task.name);
      this.#note(NOTES.seq, jobs.seq[row], ANNOTATION.int);
      this.#note(NOTES.response_ms, (jobs.complete[row] - jobs.release[row]) / 1e6, ANNOTATION.double);
      this.#note(NOTES.queue_wait_ms, (jobs.start[row] - jobs.release[row]) / 1e6, ANNOTATION.double);
      proto.fixed64(EVENT.flowEnd, flow);
    });
    this.#event(jobs.complete[row], track, TYPES.end, () => {});
  }

  counter(track: number, time: number, value: number): void {
    this.#event(time, track, TYPES.counter, () => this.proto.double(EVENT.double, value));
  }
}
