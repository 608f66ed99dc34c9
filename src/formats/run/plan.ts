/** PipelineSpec -> stages. Pure; `run --plan` prints it. */

import { ownScenarios } from '../pipeline/solo.js';
import type { PipelineSpec } from '../pipeline/types.js';
import type { StageKind } from './run.js';

export interface Stage {
  readonly id: string;
  readonly kind: StageKind;
  readonly needs: readonly string[];
  /** What it reads and writes, relative to the run directory. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly cacheable: boolean;
  readonly resources: { readonly device: boolean };
}

export function planStages(spec: PipelineSpec, simulate: boolean): Stage[] {
  const prepare: Stage = {
    id: 'prepare',
    kind: 'prepare',
    needs: [],
    inputs: ['pipeline.yaml'],
    outputs: simulate ? [] : spec.models.filter((m) => m.file).map((m) => `models/${m.name}/model.json`),
    cacheable: false,
    resources: { device: false },
  };
  const builds = simulate
    ? []
    : spec.models.map(
        (model): Stage => ({
          id: `build:${model.name}`,
          kind: 'build',
          needs: ['prepare'],
          inputs: model.file ? [`models/${model.name}/model.json`] : [],
          outputs: [`engines/${model.name}/engine.json`],
          cacheable: true,
          resources: { device: true },
        }),
      );
  const profiles = spec.scenarios.map(
    (scenario): Stage => ({
      id: `profile:${scenario.name}`,
      kind: 'profile',
      needs: simulate ? ['prepare'] : [...new Set(scenario.tasks.map((t) => `build:${t.model}`))],
      inputs: simulate ? [] : [...new Set(scenario.tasks.map((t) => `engines/${t.model}/engine.json`))],
      outputs: [`recordings/${scenario.name}`],
      cacheable: false,
      resources: { device: !simulate },
    }),
  );
  // The times of the layers are taken in the profile stages of the scenarios that use the model.
  const explores = simulate
    ? []
    : spec.models
        .filter((model) => model.backend !== 'synthetic')
        .map(
          (model): Stage => ({
            id: `explore:${model.name}`,
            kind: 'explore',
            needs: [
              `build:${model.name}`,
              ...ownScenarios(spec)
                .filter((s) => s.tasks.some((t) => t.model === model.name))
                .map((s) => `profile:${s.name}`),
            ],
            inputs: [`engines/${model.name}/engine.json`],
            outputs: ['explore.json', 'explore.html', 'graph.svg'].map((f) => `engines/${model.name}/${f}`),
            cacheable: false,
            resources: { device: false },
          }),
        );
  const report: Stage = {
    id: 'report',
    kind: 'report',
    needs: [...profiles, ...explores].map((p) => p.id),
    inputs: profiles.flatMap((p) => p.outputs),
    outputs: ['profile_report.yaml', 'report.html', 'trace.json', ...(simulate ? [] : ['system_profile_graph.png'])],
    cacheable: false,
    resources: { device: false },
  };
  return [prepare, ...builds, ...profiles, ...explores, report];
}

/** Accelerators that a model is built for: its own, and those that tasks ask for instead. */
export function acceleratorsOf(spec: PipelineSpec, model: string): string[] {
  const own = spec.models.find((m) => m.name === model)?.accelerator ?? 'auto';
  const asked = spec.scenarios.flatMap((s) =>
    s.tasks.filter((t) => t.model === model).map((t) => t.placement.accelerator),
  );
  return [...new Set([own, ...asked])];
}

/** Folder of an engine below `engines/`: the model's name, with the accelerator where it is not the model's own. */
export function engineFolder(spec: PipelineSpec, model: string, accelerator: string): string {
  const own = spec.models.find((m) => m.name === model)?.accelerator ?? 'auto';
  return accelerator === own ? model : `${model}.${accelerator.replace(':', '-')}`;
}
