/** Time that tasks ask of each engine, of the time there is. */
import type { ScenarioReport } from '../formats/report/report.js';

/** Whether it fits: beyond all of it nothing does, and near all of it every disturbance is a miss. */
export type MeterState = 'too much' | 'tight' | 'fits';

/** One engine, or all CPUs together. */
export interface Meter {
  /** `GPU`, `DLA 0`, `CPU` */
  readonly label: string;
  /** Share of the time there is; over 1 where more is asked for. */
  readonly asked: number;
  readonly state: MeterState;
  /** Share that programs beside the run took, where that disturbed it. */
  readonly others?: number;
  /** By task, the largest first. */
  readonly parts: readonly { readonly task: string; readonly share: number }[];
}

const TIGHT = 0.85;
/** Of measured CPU time there is never more than all: nearly all of it is too much. */
const FULL_CPUS = 0.97;

/** `gpu-1` as `GPU 1`; the first GPU is `GPU`. */
export const engineLabel = (engine: string): string =>
  engine
    .replace(/^auto$/, '')
    .replace(/^gpu[-_:]?0$/i, 'gpu')
    .replace(/^(gpu|dla|cpu)[-_:]?(.*)$/i, (_, kind: string, rest: string) =>
      [kind.toUpperCase(), rest].filter(Boolean).join(' '),
    );

/** Engines by how much is asked of them, the fullest first; none where load is closed, which asks for all there is. */
export function metersOf({ engines = [], tasks, load, findings }: ScenarioReport): Meter[] {
  if (load === 'closed') return [];
  const foreign = findings.find((f) => f.id === 'foreign_cpu_load')?.evidence.cpus;
  return engines
    .map(({ engine, tasks: names, asked: amount, available }): Meter => {
      const asked = available > 0 ? amount / available : 0;
      const cpu = engine === 'cpu';
      const known = names.flatMap((name) => {
        const task = tasks.find((t) => t.name === name);
        const share = cpu ? (task?.cpu?.used ?? task?.utilisation ?? 0) / Math.max(1, available) : task?.utilisation;
        return share === undefined || share <= 0 ? [] : [{ task: name, share }];
      });
      return {
        label: engineLabel(engine),
        asked,
        state: asked > (cpu ? FULL_CPUS : 1) ? 'too much' : asked > TIGHT ? 'tight' : 'fits',
        ...(cpu && typeof foreign === 'number' ? { others: foreign / Math.max(1, available) } : {}),
        parts: known.sort((a, b) => b.share - a.share),
      };
    })
    .sort((a, b) => b.asked - a.asked);
}
