/** Recordings and engines -> the report. Pure: the same recordings give the same report. */

import { round } from '../base/units.js';
import { backendVersion } from '../formats/backends/index.js';
import type { EngineManifest } from '../formats/engine/engine.js';
import { ownScenarios, purposeOf } from '../formats/pipeline/solo.js';
import type { PipelineSpec } from '../formats/pipeline/types.js';
import {
  deviceForReport,
  type Finding,
  type ProfileReport,
  REPORT_VERSION,
  type ScenarioReport,
} from '../formats/report/report.js';
import { answerOf } from './answer.js';
import type { CauseOf } from './causes.js';
import { bySeverity } from './findings/index.js';
import { type Interference, interference, interferenceFindings } from './interference.js';
import { deadlineRequirements, isOfTasks, judge, overall, togetherNote } from './requirements.js';
import { analyseScenario, type RecordedScenario } from './scenario.js';

/** An engine of the run, and whether it came from the cache. */
export interface EngineEntry {
  readonly engine: EngineManifest;
  readonly cached: boolean;
  /** Resident memory that it takes, bytes; undefined where that was not measured. */
  readonly memory?: number | undefined;
}

/** What a report is made from. */
export interface ReportRequest {
  readonly spec: PipelineSpec;
  readonly toolVersion: string;
  readonly engines: readonly EngineEntry[];
  readonly recorded: readonly RecordedScenario[];
}

/** A report, and the curves of its interference. */
export interface BuiltReport {
  readonly report: ProfileReport;
  readonly interference: readonly Interference[];
  /** Why jobs missed, by recording, one for each task. */
  readonly causes: ReadonlyMap<RecordedScenario['document'], readonly CauseOf[]>;
}

/** Everything that is told of a run. @throws Error without a recording */
export function buildReport({ spec, toolVersion, engines, recorded }: ReportRequest): BuiltReport {
  const causes = new Map<RecordedScenario['document'], readonly CauseOf[]>();
  const measured = recorded.flatMap((r) => {
    const scenario = spec.scenarios.find((s) => s.name === r.document.scenario);
    if (!scenario) return [];
    const found = analyseScenario(scenario, r);
    causes.set(r.document, found.causes ?? []);
    return [found];
  });
  const together = measured.filter((m) => purposeOf(m.scenario) === 'together');
  const scenarios = ownScenarios(spec);
  const implied = spec.requirements.some(isOfTasks) ? [] : deadlineRequirements(scenarios);
  const asked = [...implied, ...spec.requirements];
  const memory = engines.map(({ engine, memory: taken }) => ({ model: engine.model.name, memory: taken }));
  const requirements = judge(asked, together, scenarios, memory);
  const note = togetherNote(asked, requirements);
  const found = interference(measured);
  const first = recorded[0]?.document;
  if (!first) throw new Error('a report needs at least one recording');
  const report: ProfileReport = {
    version: REPORT_VERSION,
    tool: { name: 'infersight', version: toolVersion },
    pipeline: spec.name,
    created: first.clock.start.utc.replace(/\.\d+Z$/, 'Z'),
    device: deviceForReport(first.device),
    engines: engines.map(engineReport),
    scenarios: together.map(({ report: scenario }, i) => {
      const last = together[i + 1]?.report.name !== scenario.name;
      return last ? withEngines(withInterference(scenario, found), engines) : scenario;
    }),
    ...(found.length > 0 ? { interference: found.map((i) => i.report) } : {}),
    requirements,
    ...(note ? { requirements_note: note } : {}),
    basis: implied.length > 0 ? 'deadlines' : 'requirements',
    verdict: overall(requirements, together),
  };
  return { report: withAnswer(report), interference: found, causes };
}

/** The sentences stand before the figures. */
function withAnswer({ version, tool, pipeline, created, ...rest }: ProfileReport): ProfileReport {
  const head = { version, tool, pipeline, created };
  return { ...head, answer: answerOf({ ...head, ...rest }), ...rest };
}

function engineReport({ engine, cached, memory }: EngineEntry): ProfileReport['engines'][number] {
  const version = backendVersion(engine);
  return {
    model: engine.model.name,
    backend: engine.build.backend,
    ...(version === undefined ? {} : { backend_version: version }),
    accelerator: engine.build.accelerator,
    precision: engine.build.precision,
    sha256: engine.files[0]?.sha256 ?? '',
    bytes: engine.files.reduce((sum, f) => sum + f.bytes, 0),
    build_s: engine.build_s,
    ...(memory === undefined ? {} : { memory_bytes: memory }),
    ...(engine.verification ? { verified: engine.verification.within } : {}),
    cached,
  };
}

/** Engines whose outputs are not those of their models: a fast answer that is another one helps nobody. */
function withEngines(report: ScenarioReport, engines: readonly EngineEntry[]): ScenarioReport {
  const used = new Set(report.tasks.map((t) => t.model));
  const more = engines.flatMap(({ engine }): Finding[] => {
    const { verification, model } = engine;
    if (!verification || verification.within || !used.has(model.name)) return [];
    const worst = verification.outputs.reduce((a, b) => ((b.relative ?? 0) > (a.relative ?? 0) ? b : a));
    const noted = verification.outputs.find((o) => o.note !== undefined);
    return [
      {
        id: 'engine_differs',
        severity: 'warning',
        message: noted
          ? `the engine of ${model.name} does not give what its model gives: ${noted.name}: ${noted.note}`
          : `outputs of the engine of ${model.name} differ from the model's by up to ${round((worst.relative ?? 0) * 100, 2)} % of the largest value (${worst.name}); rounding explains ${round(verification.tolerance * 100, 2)} %`,
        advice:
          'check the accuracy on data of your own; a higher precision, or fewer fixed dimensions, bring it nearer',
        evidence: { model: model.name, ...(worst.max_abs === undefined ? {} : { max_abs: worst.max_abs }) },
      },
    ];
  });
  return more.length === 0 ? report : { ...report, findings: bySeverity([...report.findings, ...more]) };
}

/** What was found over all repetitions is told once, with the last. */
function withInterference(report: ScenarioReport, found: readonly Interference[]): ScenarioReport {
  const more = interferenceFindings(found.map((i) => i.report).filter((i) => i.scenario === report.name));
  const caused = new Set(more.filter((f) => f.severity === 'warning').map((f) => f.evidence.task));
  const known = report.findings.map((f) =>
    f.id === 'misses' && caused.has(f.evidence.task)
      ? { ...f, advice: 'at least half of it happens only beside the other tasks: see the finding on interference' }
      : f,
  );
  return { ...report, findings: bySeverity([...known, ...more]) };
}
