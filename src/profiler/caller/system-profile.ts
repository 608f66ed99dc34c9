/** Lines of system_profile.txt on machines without tegrastats: the latest readings of all probes in its grammar. */
import { formatTegrastats, type Reading, type Token, tegrastatsTime } from '../../formats/recording/tegrastats.js';

const MB = 1048576;

/** Series that have no token in the grammar stay in series.arrow alone. */
export function profileLine(at: Date, latest: ReadonlyMap<string, Reading>, averages: PowerAverages): string {
  const value = (name: string): number | undefined => latest.get(name)?.value;
  return formatTegrastats([
    { kind: 'time', name: 'time', text: tegrastatsTime(at) },
    ...memory('RAM', value('ram_used'), value('ram_total')),
    ...memory('SWAP', value('swap_used'), value('swap_total')),
    ...cpu(latest),
    ...gpus(latest),
    ...temperatures(latest),
    ...power(latest, averages),
  ]);
}

const memory = (name: string, used: number | undefined, total: number | undefined): Token[] =>
  used === undefined || total === undefined ? [] : [{ kind: 'memory', name, usedMb: used / MB, totalMb: total / MB }];

function cpu(latest: ReadonlyMap<string, Reading>): Token[] {
  const cores: { load?: number; clock?: number }[] = [];
  for (let i = 0; ; i++) {
    const load = latest.get(`cpu.${i}`)?.value;
    if (load === undefined) break;
    const clock = latest.get(`cpu.${i}.clock`)?.value;
    cores.push({ load, ...(clock === undefined ? {} : { clock }) });
  }
  return cores.length === 0 ? [] : [{ kind: 'cpu', name: 'CPU', cores }];
}

function gpus(latest: ReadonlyMap<string, Reading>): Token[] {
  const names = new Set(
    [...latest.keys()].flatMap((name) => /^(gpu(?:\.\d+)?)\.(?:load|clock)$/.exec(name)?.[1] ?? []),
  );
  return [...names].sort().map((name) => {
    const load = latest.get(`${name}.load`)?.value;
    const clock = latest.get(`${name}.clock`)?.value;
    return {
      kind: 'engine',
      name: name === 'gpu' ? 'GR3D' : `GR3D${Number(name.slice(4)) + 1}`,
      on: true,
      ...(load === undefined ? {} : { load }),
      ...(clock === undefined ? {} : { clocks: [clock] }),
    };
  });
}

const withPrefix = (latest: ReadonlyMap<string, Reading>, prefix: string): Reading[] =>
  [...latest.values()]
    .filter((r) => r.name.startsWith(prefix))
    .map((r) => ({ ...r, name: r.name.slice(prefix.length) }));

const temperatures = (latest: ReadonlyMap<string, Reading>): Token[] =>
  withPrefix(latest, 'temperature.').map(({ name, value }) => ({
    kind: 'temperature',
    name,
    celsius: Math.round(value * 10) / 10,
  }));

const power = (latest: ReadonlyMap<string, Reading>, averages: PowerAverages): Token[] =>
  withPrefix(latest, 'power.').map(({ name, value }) => ({
    kind: 'power',
    name,
    milliwatts: value,
    averageMilliwatts: averages.add(name, value),
  }));

/** Mean of every rail since the start, as tegrastats prints it. */
export class PowerAverages {
  readonly #sums = new Map<string, { sum: number; count: number }>();
  add(rail: string, milliwatts: number): number {
    const { sum, count } = this.#sums.get(rail) ?? { sum: 0, count: 0 };
    this.#sums.set(rail, { sum: sum + milliwatts, count: count + 1 });
    return (sum + milliwatts) / (count + 1);
  }
}
