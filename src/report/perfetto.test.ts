import { describe, expect, it } from 'vitest';
import type { TaskSpec } from '../formats/pipeline/types.js';
import { type JobTable, STAMPS } from '../formats/recording/jobs.js';
import { perfettoTrace } from './perfetto.js';
import { type TracedRecording, traceJson } from './trace.js';

type Message = Map<number, (number | Uint8Array)[]>;

/** Any protobuf message: numbers of varints and of 64-bit fields (as doubles), bytes of the rest. */
function decode(bytes: Uint8Array): Message {
  const message: Message = new Map();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    let value: number | Uint8Array;
    if (key % 8 === 0) value = varint();
    else if (key % 8 === 1) {
      value = view.getFloat64(at, true);
      at += 8;
    } else {
      // Some hundred thousand of these: an assertion each would take a quarter of a minute.
      if (key % 8 !== 2) throw new Error(`wire type ${key % 8}`);
      const length = varint();
      value = bytes.subarray(at, at + length);
      at += length;
    }
    const list = message.get(key >> 3);
    if (list) list.push(value);
    else message.set(key >> 3, [value]);
  }
  if (at !== bytes.length) throw new Error(`a message ends at ${at} instead of ${bytes.length}`);
  return message;
}
const inner = (m: Message | undefined, field: number): Message[] =>
  (m?.get(field) ?? []).map((v) => decode(v as Uint8Array));
const number = (m: Message, field: number) => m.get(field)?.[0] as number | undefined;
const text = (m: Message, field: number) => new TextDecoder().decode(m.get(field)?.[0] as Uint8Array);

function recording(jobsPerTask: number): TracedRecording {
  const length = 2 * jobsPerTask;
  const columns = Object.fromEntries(STAMPS.map((s) => [s, new Float64Array(length).fill(Number.NaN)]));
  const jobs = {
    length,
    tasks: ['<b>', '한국어'],
    task: new Uint16Array(length),
    seq: new Uint32Array(length),
    outcome: new Uint8Array(length),
    parent: new Int32Array(length).fill(-1),
    ...columns,
  } as unknown as JobTable;
  for (let i = 0; i < length; i++) {
    const seq = i % jobsPerTask;
    jobs.task[i] = Math.floor(i / jobsPerTask);
    jobs.seq[i] = seq;
    jobs.release[i] = seq * 10e6;
    // Every fifth is dropped, every seventh late.
    jobs.outcome[i] = seq % 5 === 4 ? 4 : 1;
    if (jobs.outcome[i] === 4) jobs.dropped[i] = seq * 10e6 + 1;
    else {
      jobs.start[i] = seq * 10e6 + 1000;
      jobs.complete[i] = seq * 10e6 + (seq % 7 === 6 ? 9e6 : 2e6);
    }
  }
  const task = (name: string) => ({ name, deadline: 5e6 }) as unknown as TaskSpec;
  const series = [
    {
      name: 'cpu.mean',
      unit: 'percent',
      source: 'linux',
      time: Float64Array.of(-5e8, 5e8),
      value: Float64Array.of(10, 20.5),
    },
  ];
  return { name: 'street', tasks: [task('<b>'), task('한국어')], jobs, series, measureFrom: 0, measureTo: 1e9 };
}
const whole = (pieces: Iterable<Uint8Array>) => Buffer.concat([...pieces]);

describe("Perfetto's own format", () => {
  const traced = recording(70);
  const packets = inner(decode(whole(perfettoTrace([traced]))), 1);
  const events = packets.flatMap((p) => inner(p, 11).map((event) => ({ time: number(p, 8) ?? -1, event })));
  const ofType = (type: number) => events.filter(({ event }) => number(event, 9) === type);

  it('has a slice per completed job, with an arrow from its release', () => {
    const done = 2 * 56;
    expect(ofType(1)).toHaveLength(done + 1);
    expect(ofType(2)).toHaveLength(done + 1);
    expect(ofType(3)).toHaveLength(2 * 70 + 2 * 14);
    const flows = (field: number) => events.flatMap(({ event }) => event.get(field) ?? []).sort();
    expect(flows(47)).toHaveLength(done);
    expect(flows(47)).toEqual(flows(48));
  });
  it('names tracks and events, late jobs apart', () => {
    const tracks = packets.flatMap((p) => inner(p, 60)).filter((d) => d.has(2));
    expect(tracks.map((d) => text(d, 2))).toEqual([
      '<b>',
      '<b> releases',
      '한국어',
      '한국어 releases',
      'cpu.mean (percent)',
      'phases',
    ]);
    const names = new Map(
      packets
        .flatMap((p) => inner(p, 12))
        .flatMap((i) => inner(i, 2))
        .map((n) => [number(n, 1), text(n, 2)]),
    );
    const count = (name: string) => ofType(1).filter(({ event }) => names.get(number(event, 10)) === name).length;
    expect([count('<b>'), count('<b> late')]).toEqual([48, 8]);
  });
  it('gives every name one number, also in several recordings of the same tasks', () => {
    const two = inner(decode(whole(perfettoTrace([recording(4), recording(4)]))), 1);
    const ids = two
      .flatMap((p) => inner(p, 12))
      .flatMap((i) => inner(i, 2))
      .map((n) => number(n, 1));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(6);
  });
  it('moves the origin when a sample is older than the run', () => {
    expect(ofType(4).map(({ time, event }) => [time, number(event, 44)])).toEqual([
      [0, 10],
      [1e9, 20.5],
    ]);
    expect(Math.min(...ofType(3).map((e) => e.time))).toBe(5e8);
  });
  it('comes in pieces when it is long', () => {
    const pieces = [...perfettoTrace([recording(60_000)])];
    expect(pieces.length).toBeGreaterThan(2);
    expect(inner(decode(whole(pieces)), 1).length).toBeGreaterThan(300_000);
  });
});

describe('the same as JSON', () => {
  it('has arrows from releases into their jobs', () => {
    const { traceEvents } = JSON.parse(traceJson([recording(70)]).join('')) as {
      traceEvents: { ph: string; id?: string; tid: number; ts: number; dur?: number }[];
    };
    const starts = traceEvents.filter((e) => e.ph === 's');
    const ends = traceEvents.filter((e) => e.ph === 'f');
    expect(starts.map((e) => e.id)).toEqual(ends.map((e) => e.id));
    expect(starts).toHaveLength(112);
    for (const end of ends)
      expect(
        traceEvents.some((e) => e.ph === 'X' && e.tid === end.tid && e.ts <= end.ts && e.ts + (e.dur ?? 0) > end.ts),
      ).toBe(true);
  });
});
