/** Requirements on the device: its series, and the memory that models take. */
import { bytes } from '../base/text.js';
import type { Requirement } from '../formats/pipeline/types.js';
import type { RequirementReport, ScenarioReport } from '../formats/report/report.js';
import { withSeriesTerms, withTerms } from './requirement-terms.js';

/** What a model takes, for requirements on memory. */
export interface ModelMemory {
  readonly model: string;
  /** bytes; undefined where it was not measured. */
  readonly memory: number | undefined;
}

const place = (report: ScenarioReport): string =>
  `${report.name}${report.repetition === undefined ? '' : `#${report.repetition}`}${report.part === undefined ? '' : ` part ${report.part}`}`;

/** A series of one repetition. */
export function judgeSeries(
  requirement: Extract<Requirement, { kind: 'series' }>,
  report: ScenarioReport,
): RequirementReport {
  const text = `${place(report)}: ${requirement.text}`;
  if (report.simulated)
    return { text, verdict: 'not_applicable', measured: {}, reason: 'a simulation has no system series' };
  const entry = report.system.find((s) => s.series === requirement.series);
  if (!entry) {
    const known = report.system.map((s) => s.series).filter((s) => !/^cpu\.\d/.test(s));
    const reason = `series ${requirement.series} was not recorded; there are ${known.join(', ') || 'none'}`;
    return { text, verdict: 'inconclusive', measured: {}, reason };
  }
  const value = entry[requirement.statistic];
  const holds =
    value <= (requirement.max ?? Number.POSITIVE_INFINITY) && value >= (requirement.min ?? Number.NEGATIVE_INFINITY);
  return withSeriesTerms(
    { text, verdict: holds ? 'pass' : 'fail', measured: { [requirement.statistic]: value, unit: entry.unit } },
    requirement,
    report,
  );
}

/** What each model takes. @param simulated nothing was loaded */
export function judgeMemory(
  { model, max }: Extract<Requirement, { kind: 'memory' }>,
  models: readonly ModelMemory[],
  simulated: boolean,
): RequirementReport[] {
  const wanted = models.filter((m) => model === '*' || m.model === model);
  const text = (name: string): string => `${name} memory <= ${bytes(max)}`;
  if (simulated)
    return [{ text: text(model), verdict: 'not_applicable', measured: {}, reason: 'a simulation loads no model' }];
  if (wanted.length === 0)
    return [{ text: text(model), verdict: 'inconclusive', measured: {}, reason: 'the model was not built' }];
  const requirement = { kind: 'memory', model, max } as const;
  return wanted.map(({ model: name, memory }) =>
    withTerms(
      memory === undefined
        ? {
            text: text(name),
            verdict: 'inconclusive',
            measured: {},
            reason: 'its memory was not measured: see the stage layers',
          }
        : { text: text(name), verdict: memory <= max ? 'pass' : 'fail', measured: { memory, unit: 'bytes' } },
      requirement,
      { subject: name },
    ),
  );
}
