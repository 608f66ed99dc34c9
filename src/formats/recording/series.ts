/** Series of system counters, and the one catalogue of what they are: unit, dimension, panel, name for people. */
import type { Dimension } from '../../base/quantity.js';

/** Samples of one system counter. A value describes the time from the sample before up to its own. */
export interface Series {
  /** Such as cpu.mean, cpu.3, ram_used, gpu.load, gpu.clock, temperature.gpu, power.VDD_IN. */
  readonly name: string;
  /** percent, bytes, MHz, C, mW, count. */
  readonly unit: string;
  /** The probe that read it. */
  readonly source: string;
  /** ns since the run origin. */
  readonly time: Float64Array;
  readonly value: Float64Array;
}

/**
 * Name of a series of the control thread of a CPU: how late it woke; of that, how long it waited behind others; and the CPU
 * time that the tasks' process had meanwhile. One sample per stall, at its end, ms.
 */
export const stallSeries = (cpu: number, what: 'late' | 'waited' | 'own'): string =>
  what === 'late' ? `stall.${cpu}` : `stall.${cpu}.${what}`;

/** Name of a series of the threads of a task: percent of one CPU, percent of the time in the queue of one, events per second. */
export const taskSeries = (task: string, what: 'cpu' | 'wait' | 'preempted' | 'faults'): string =>
  `${taskPrefix(task)}.${what}`;

/** What the names of the series of a task begin with. */
export const taskPrefix = (task: string): string => `task.${task}`;

/** Series that are drawn on one axis. */
export type PanelId = 'cpu' | 'tasks' | 'accelerators' | 'memory' | 'temperature' | 'power' | 'clocks' | 'throttling';

/** How a panel shows its series. */
export interface SeriesPanel {
  readonly id: PanelId;
  readonly title: string;
  /** Unit that is shown; stored value x `scale` is in it. */
  readonly unit: string;
  readonly scale: number;
  /** Fixed ends of the axis, where they have a meaning. */
  readonly ends?: readonly [number, number];
}

/** In the order in which they stand below each other. */
export const SERIES_PANELS: readonly SeriesPanel[] = [
  { id: 'cpu', title: 'CPU', unit: '%', scale: 1, ends: [0, 100] },
  { id: 'tasks', title: 'Task CPU', unit: '%', scale: 1 },
  { id: 'accelerators', title: 'GPU and DLA', unit: '%', scale: 1, ends: [0, 100] },
  { id: 'memory', title: 'Memory', unit: 'GiB', scale: 1 / 2 ** 30 },
  { id: 'temperature', title: 'Temperature', unit: '°C', scale: 1 },
  { id: 'power', title: 'Power', unit: 'W', scale: 1 / 1000 },
  { id: 'clocks', title: 'Clocks', unit: 'MHz', scale: 1 },
  { id: 'throttling', title: 'Throttling', unit: '', scale: 1 },
];

/** What is known of a series by its name. */
export interface SeriesKind {
  readonly match: RegExp;
  /** As stored; series that no entry knows say their own. */
  readonly unit: string;
  /** Of a limit in a requirement. */
  readonly dimension?: Dimension;
  readonly panel?: PanelId;
  /** Name for people: the first group of `match`, or this. */
  readonly label?: string;
  /** Shown where there is room for a few only. */
  readonly vital?: boolean;
  /** Part of the one line that says whether the device is at its limit. */
  readonly headline?: 'mean' | 'max';
  /** The same all the time: told once, not as a figure of a scenario. */
  readonly fixed?: boolean;
}

/** The first entry that matches a name holds. */
const CATALOGUE: readonly SeriesKind[] = [
  {
    match: /^cpu\.mean$/,
    unit: 'percent',
    dimension: 'ratio',
    panel: 'cpu',
    label: 'CPU',
    vital: true,
    headline: 'mean',
  },
  { match: /^cpu\.(\d+)$/, unit: 'percent', dimension: 'ratio', panel: 'cpu' },
  { match: /^(cpu\.\d+)\.clock$/, unit: 'MHz', dimension: 'clock', panel: 'clocks' },
  { match: /^cpu\.steal$/, unit: 'percent', dimension: 'ratio', panel: 'cpu', label: 'taken by the host' },
  { match: /^stall\.(\d+.*)$/, unit: 'ms', fixed: true },
  { match: /^task\.(.*)\.cpu$/, unit: 'percent', dimension: 'ratio', panel: 'tasks' },
  { match: /^task\.(.*)\.wait$/, unit: 'percent', dimension: 'ratio' },
  { match: /^task\.(.*)\.(?:preempted|faults)$/, unit: 'per s' },
  { match: /^process\.cpu$/, unit: 'percent', dimension: 'ratio', label: 'own CPU' },
  {
    match: /^gpu\.load$/,
    unit: 'percent',
    dimension: 'ratio',
    panel: 'accelerators',
    label: 'GPU',
    vital: true,
    headline: 'mean',
  },
  {
    match: /^(gpu\.\d+|dla\d*|emc|nvenc\d*|nvdec\d*|vic)\.load$/,
    unit: 'percent',
    dimension: 'ratio',
    panel: 'accelerators',
    vital: true,
  },
  {
    match: /^((?:nvdla|pva|nvdec|nvenc|vic|ofa|nvjpg)\d*)\.on$/,
    unit: 'percent',
    dimension: 'ratio',
    panel: 'accelerators',
  },
  { match: /^(.*)load$/, unit: 'percent', dimension: 'ratio' },
  {
    match: /^ram_used$/,
    unit: 'bytes',
    dimension: 'memory',
    panel: 'memory',
    label: 'memory',
    vital: true,
    headline: 'max',
  },
  { match: /^swap_used$/, unit: 'bytes', dimension: 'memory', panel: 'memory', label: 'swap' },
  { match: /^(?:ram|swap)_total$/, unit: 'bytes', dimension: 'memory', fixed: true },
  { match: /^((?:ram|swap)_.*)$/, unit: 'bytes', dimension: 'memory' },
  { match: /^(gpu(?:\.\d+)?)\.memory_used$/, unit: 'bytes', dimension: 'memory', panel: 'memory' },
  { match: /_total$/, unit: 'bytes', dimension: 'memory', fixed: true },
  { match: /^(gpu(?:\.\d+)?)\.process_memory$/, unit: 'bytes', dimension: 'memory' },
  { match: /^gpu(?:\.\d+)?\.energy$/, unit: 'mJ', fixed: true },
  { match: /^(gpu(?:\.\d+)?\.pcie_(?:received|sent))$/, unit: 'bytes per s' },
  { match: /^gpu(?:\.\d+)?\.ecc_(?:corrected|uncorrected)$/, unit: 'count', fixed: true },
  { match: /^process\.rss$/, unit: 'bytes', dimension: 'memory', panel: 'memory', label: 'own memory' },
  {
    match: /^temperature\.(gpu|cpu|tj)$/,
    unit: 'C',
    dimension: 'temperature',
    panel: 'temperature',
    vital: true,
    headline: 'max',
  },
  { match: /^temperature\.(.*)$/, unit: 'C', dimension: 'temperature', panel: 'temperature' },
  {
    match: /^power\.(VDD_IN|VIN|GPU|RAPL_PACKAGE_0)$/,
    unit: 'mW',
    dimension: 'power',
    panel: 'power',
    vital: true,
    headline: 'mean',
  },
  { match: /^energy\.(per_job|per_met_deadline)$/, unit: 'J', dimension: 'energy' },
  { match: /^power\.(.*)$/, unit: 'mW', dimension: 'power', panel: 'power', vital: true },
  { match: /^gpu\.clock$/, unit: 'MHz', dimension: 'clock', panel: 'clocks', label: 'GPU clock', vital: true },
  { match: /^(.*)\.clock$/, unit: 'MHz', dimension: 'clock', panel: 'clocks' },
  { match: /^(.*(?:clock|freq).*)$/, unit: 'MHz', panel: 'clocks' },
  { match: /throttle_reasons$/, unit: 'mask', panel: 'throttling', fixed: true },
  { match: /^throttle\.(.*)$/, unit: 'count', panel: 'throttling' },
];

/** What is known of a series of this name; undefined for a name that no entry knows. */
export const kindOfSeries = (name: string): SeriesKind | undefined => CATALOGUE.find((k) => k.match.test(name));

/** The name of a series for people, such as `GPU`, `tj`, `VDD_IN`; the name itself where nothing is known. */
export function seriesLabel(name: string): string {
  const kind = kindOfSeries(name);
  return kind?.label ?? kind?.match.exec(name)?.[1] ?? name;
}

/** Members of a panel among these series, with the panel; panels without members are left out. */
export const byPanel = <T extends { readonly name: string }>(
  series: readonly T[],
): { panel: SeriesPanel; members: T[] }[] =>
  SERIES_PANELS.flatMap((panel) => {
    const members = series.filter((s) => kindOfSeries(s.name)?.panel === panel.id);
    return members.length > 0 ? [{ panel, members }] : [];
  });
