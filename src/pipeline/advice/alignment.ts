/** How much depends on when the sensors happen to begin: the same rates with other phases. */
import { streamOf, uniform } from '../../base/random.js';
import { periodOf } from '../../base/rational.js';
import type { Alignment } from '../../formats/report/advice.js';
import { fullestDeadline } from '../predict.js';
import { phasesStep } from './changes.js';
import { type Outcome, outcomeOf, type Situation } from './outcome.js';

const TRIED = 24;

const usedOf = ({ scenario, prediction }: Outcome): number =>
  fullestDeadline(scenario.tasks, (i) => prediction.tasks[i]?.p99);

/** Undefined where fewer than two tasks have a grid. */
export function alignmentOf(situation: Situation, now: Outcome): Alignment | undefined {
  const periodic = now.scenario.tasks.filter((t) => t.release.kind === 'periodic');
  if (periodic.length < 2) return undefined;
  const used = Array.from({ length: TRIED }, (_, k) => {
    const phases = new Map(
      periodic.map(({ name, release }) => {
        const period = release.kind === 'periodic' ? periodOf(release.rate) / 1e6 : 0;
        return [name, Number((period * uniform(k, streamOf(`alignment/${name}`), 0)).toPrecision(4))] as const;
      }),
    );
    return usedOf(outcomeOf(situation, phasesStep(now, phases).values));
  });
  const told = (value: number): number | 'inf' => (Number.isFinite(value) ? value : 'inf');
  return { tried: TRIED, best: told(Math.min(...used)), worst: told(Math.max(...used)), now: told(usedOf(now)) };
}
