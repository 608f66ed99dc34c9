/** PipelineSpec -> what a run is made of: engine slots and stages. Pure; `run --plan` prints it. */
import { z } from '../../base/zod.js';
import { cardOf } from '../backends/index.js';
import { ownScenarios } from '../pipeline/solo.js';
import type { ModelSpec, PipelineSpec, TaskSpec } from '../pipeline/types.js';

/** In the order in which a run goes through them. */
export const STAGE_KINDS = ['prepare', 'build', 'profile', 'layers', 'explore', 'report'] as const;
/** One of them. */
export type StageKind = (typeof STAGE_KINDS)[number];

/** As it stands in run.json. */
export const plannedStage = z.object({
  id: z.string(),
  kind: z.enum(STAGE_KINDS),
  /** Engine slot of a build, of layers and of an exploration, scenario of a profile; empty otherwise. */
  subject: z.string(),
  /** Stages that must be done before. */
  needs: z.array(z.string()),
  /** Stages that must have ended before, whatever became of them. */
  after: z.array(z.string()),
  /** Files that it reads, relative to the run directory: their contents are part of its fingerprint. */
  inputs: z.array(z.string()),
  /** Files and folders that it writes, relative to the run directory: it is not done without them. */
  outputs: z.array(z.string()),
  /** The device that nothing else may use meanwhile. */
  exclusive: z.string().optional(),
});

/** One step of a run: what it needs, reads, writes, and keeps for itself. */
export type PlannedStage = z.infer<typeof plannedStage>;

/** The device of a run, until there are runs with several. */
export const DEVICE = 'device';

/** One engine of a run: a model built for an accelerator. */
export interface EngineSlot {
  /** Folder below `engines/`: the model's name, with the accelerator where it is not the model's own. */
  readonly id: string;
  readonly model: string;
  readonly accelerator: string;
}

/** "@" is no character of a name in the pipeline file, so no model there can be called like a slot of another. */
const slotId = (model: ModelSpec, accelerator: string): string =>
  accelerator === model.accelerator ? model.name : `${model.name}@${accelerator.replace(':', '-')}`;

/** Engines that a pipeline needs: each model for its own accelerator, and for those that tasks ask for instead. */
export function engineSlots({ models, scenarios }: PipelineSpec): EngineSlot[] {
  return models.flatMap((model) => {
    const asked = scenarios.flatMap((s) =>
      s.tasks.filter((t) => t.model === model.name).map((t) => t.placement.accelerator),
    );
    return [...new Set([model.accelerator, ...asked])].map((accelerator) => ({
      id: slotId(model, accelerator),
      model: model.name,
      accelerator,
    }));
  });
}

/** The engine that a task runs on. */
export const slotOfTask = (slots: readonly EngineSlot[], { model, placement }: TaskSpec): EngineSlot | undefined =>
  slots.find((s) => s.model === model && s.accelerator === placement.accelerator);

const NOTHING = { needs: [], after: [], inputs: [], outputs: [] };

/** Stages of a run in an order in which they can be run one after another. */
export function planStages(spec: PipelineSpec, simulate: boolean): PlannedStage[] {
  const prepare: PlannedStage = {
    ...NOTHING,
    id: 'prepare',
    kind: 'prepare',
    subject: '',
    inputs: ['pipeline.yaml'],
    outputs: simulate ? [] : spec.models.filter((m) => m.file).map((m) => `models/${m.name}/model.json`),
  };
  const slots = simulate ? [] : engineSlots(spec);
  const profiles = spec.scenarios.map(({ name, tasks }): PlannedStage => {
    const used = [...new Set(tasks.flatMap((t) => slotOfTask(slots, t)?.id ?? []))];
    return {
      ...NOTHING,
      id: `profile:${name}`,
      kind: 'profile',
      subject: name,
      needs: simulate ? ['prepare'] : used.map((id) => `build:${id}`),
      inputs: used.map((id) => `engines/${id}/engine.json`),
      outputs: [`recordings/${name}`],
      ...(simulate ? {} : { exclusive: DEVICE }),
    };
  });
  const explorable = slots.filter(({ model }) => cardOf(spec.models.find((m) => m.name === model))?.explorable ?? true);
  return [
    prepare,
    ...slots.map((slot) => buildStage(spec, slot)),
    ...profiles,
    ...explorable.map((slot) => layersStage(spec, slot)),
    ...explorable.map(exploreStage),
    reportStage(spec, profiles, explorable),
  ];
}

const buildStage = ({ models }: PipelineSpec, { id, model }: EngineSlot): PlannedStage => ({
  ...NOTHING,
  id: `build:${id}`,
  kind: 'build',
  subject: id,
  needs: ['prepare'],
  inputs: models.some((m) => m.name === model && m.file !== undefined) ? [`models/${model}/model.json`] : [],
  outputs: [`engines/${id}/engine.json`],
  exclusive: DEVICE,
});

/** Times of the layers are taken when nothing is measured any more, as taking them slows a model down. */
const layersStage = (spec: PipelineSpec, { id, model, accelerator }: EngineSlot): PlannedStage => ({
  ...NOTHING,
  id: `layers:${id}`,
  kind: 'layers',
  subject: id,
  needs: [`build:${id}`],
  after: ownScenarios(spec)
    .filter((s) => s.tasks.some((t) => t.model === model && t.placement.accelerator === accelerator))
    .map((s) => `profile:${s.name}`),
  inputs: [`engines/${id}/engine.json`],
  exclusive: DEVICE,
});

const exploreStage = ({ id }: EngineSlot): PlannedStage => ({
  ...NOTHING,
  id: `explore:${id}`,
  kind: 'explore',
  subject: id,
  needs: [`build:${id}`, `layers:${id}`],
  inputs: [`engines/${id}/engine.json`, `engines/${id}/layers.json`],
});

const reportStage = (
  spec: PipelineSpec,
  profiles: readonly PlannedStage[],
  explorable: readonly EngineSlot[],
): PlannedStage => ({
  ...NOTHING,
  id: 'report',
  kind: 'report',
  subject: '',
  after: [...profiles.map((p) => p.id), ...explorable.map((s) => `explore:${s.id}`)],
  inputs: spec.scenarios.map((s) => `recordings/${s.name}`),
  outputs: ['profile_report.yaml', 'report.html', 'trace.json', 'summary.json', 'service_times.json'],
});
