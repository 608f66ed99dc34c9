/** A run directory: what it was asked to do (run.json, pipeline.yaml), how far it is (stages/), where everything lies. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { arch, hostname, platform } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { suggest } from '../base/nearest.js';
import { fail, messageOf, ProblemError } from '../base/problem.js';
import { withCalibration } from '../formats/pipeline/calibration-scenarios.js';
import { parsePipeline } from '../formats/pipeline/parse.js';
import { type Purpose, purposeOf, withSolo } from '../formats/pipeline/solo.js';
import type { ModelSpec, PipelineSpec, ScenarioSpec } from '../formats/pipeline/types.js';
import { type EngineSlot, engineSlots, type PlannedStage, planStages } from '../formats/run/plan.js';
import { RUN_VERSION, type RunDocument, readRunDocument } from '../formats/run/run.js';
import { progressOfRun, type RunProgress } from '../formats/run/run-state.js';
import type { StageState } from '../formats/run/stage-state.js';
import { stagedModel } from '../formats/run/staged.js';
import { diskProblem, makeFolders, writeAtomic } from '../machine/files.js';
import { commitOf } from '../machine/git.js';
import { TOOL_VERSION } from '../machine/version.js';
import { isStateAlive, readStates } from './stage-states.js';

/** What a run is made from. */
export interface NewRun {
  /** Text of the pipeline file, and where it was read from. */
  readonly text: string;
  readonly file: string;
  /** Folder that holds the runs. */
  readonly runs: string;
  readonly id?: string;
  readonly simulate?: boolean;
  /** Record every task alone, too. */
  readonly solo?: boolean;
  /** Record every task alone and every two back to back, too. */
  readonly calibrate?: boolean;
  readonly serviceFrom?: string;
  readonly cache?: string;
  /** Folder that the paths of the file are relative to, instead of its own. */
  readonly source?: string;
}

/** Where the recording of one repetition lies. */
export interface RecordingPlace {
  readonly scenario: string;
  readonly repetition: number;
  /** Of a repetition that was interrupted and went on later; absent for the last part, and for one in one piece. */
  readonly part?: number;
  readonly folder: string;
}

/** One run on disk. */
export class RunDirectory {
  readonly folder: string;
  /** As the pipeline file says; paths in it are relative to `document.source`. */
  readonly spec: PipelineSpec;
  readonly pipelineText: string;
  readonly document: RunDocument;
  readonly slots: readonly EngineSlot[];

  private constructor(folder: string, spec: PipelineSpec, pipelineText: string, document: RunDocument) {
    this.folder = folder;
    this.spec = spec;
    this.pipelineText = pipelineText;
    this.document = document;
    this.slots = engineSlots(spec);
  }

  /** @throws ProblemError `config`, `disk`, or `usage` when the id is taken */
  static async create(request: NewRun): Promise<RunDirectory> {
    const { text, file, runs, id, simulate = false, solo = false, calibrate = false, serviceFrom, cache } = request;
    const spec = readSpec(text, file, { solo, calibrate });
    const now = new Date();
    const folder = makeFolder(resolve(runs), id, `${spec.name}-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`);
    const source = resolve(request.source ?? dirname(file));
    const commit = commitOf(source);
    const document: RunDocument = {
      version: RUN_VERSION,
      id: basename(folder),
      tool: { name: 'infersight', version: TOOL_VERSION },
      pipeline: spec.name,
      created: now.toISOString(),
      source,
      ...(commit === undefined ? {} : { commit }),
      simulate,
      ...(solo ? { solo } : {}),
      ...(calibrate ? { calibrate } : {}),
      ...(serviceFrom ? { service_from: resolve(serviceFrom) } : {}),
      ...(cache ? { cache: resolve(cache) } : {}),
      created_on: { hostname: hostname(), os: platform(), arch: arch() },
      stages: planStages(spec, simulate),
    };
    await writeAtomic(join(folder, 'pipeline.yaml'), text);
    await writeAtomic(join(folder, 'run.json'), `${JSON.stringify(document, null, 2)}\n`);
    return new RunDirectory(folder, spec, text, document);
  }

  /** @throws ProblemError `file` when the folder is no run directory */
  static open(folder: string): RunDirectory {
    const path = resolve(folder);
    const read = (name: string): string => {
      try {
        return readFileSync(join(path, name), 'utf8');
      } catch (error) {
        const inside = runsIn(path);
        return fail(
          'file',
          inside.length > 0
            ? `${path} holds runs, and is none itself`
            : `${path} is not a run directory: ${messageOf(error)}`,
          `name a folder that infersight run has made, such as ${inside[0] ?? 'runs/NAME'}`,
        );
      }
    };
    const document = readRunDocument(read('run.json'), join(path, 'run.json'));
    const text = read('pipeline.yaml');
    const spec = readSpec(text, join(path, 'pipeline.yaml'), document);
    return new RunDirectory(path, spec, text, document);
  }

  /** Of the pipeline file, or with one task alone. */
  scenario(name: string): ScenarioSpec | undefined {
    return this.spec.scenarios.find((s) => s.name === name);
  }

  /** A model with its paths as they are in this folder. @throws ProblemError `usage` */
  model(name: string): ModelSpec {
    const model = this.spec.models.find((m) => m.name === name);
    return model ? stagedModel(model) : fail('usage', `the pipeline has no model "${name}"`);
  }

  /** @throws ProblemError `usage` */
  slot(id: string): EngineSlot {
    return this.slots.find((s) => s.id === id) ?? fail('usage', `the pipeline has no engine "${id}"`);
  }

  /** @throws ProblemError `usage` that names the nearest stage */
  stage(id: string): PlannedStage {
    const { stages } = this.document;
    const found = stages.find((s) => s.id === id);
    if (found) return found;
    const ids = stages.map((s) => s.id);
    throw new ProblemError({ code: 'usage', message: `this run has no stage "${id}"`, hint: suggest(id, ids) });
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Runs of version 1 had a dot where there is an "@" now. */
  engineFolder(slot: EngineSlot): string {
    const folder = this.path('engines', slot.id);
    const before = this.path('engines', slot.id.replace('@', '.'));
    return !existsSync(folder) && existsSync(before) ? before : folder;
  }

  /** Engines that were built, in the order of the slots. */
  engines(): { readonly slot: EngineSlot; readonly folder: string }[] {
    return this.slots
      .map((slot) => ({ slot, folder: this.engineFolder(slot) }))
      .filter(({ folder }) => existsSync(join(folder, 'engine.json')));
  }

  /** States of the stages that have begun, and of the orchestrator, as they are on disk now. */
  states(): Map<string, StageState> {
    return statesOf(this.folder, this.document);
  }

  progress(): RunProgress {
    return progressOf(this.folder, this.document);
  }

  /**
   * Folders of the recordings that are there, in the order of the scenarios and repetitions.
   * @param which the scenarios as they stand in the file, their tasks alone, or some of their tasks back to back
   */
  recordings(which: Purpose = 'together'): RecordingPlace[] {
    return this.spec.scenarios.flatMap((scenario) => {
      if (purposeOf(scenario) !== which) return [];
      const { name } = scenario;
      const base = this.path('recordings', name);
      if (!existsSync(base)) return [];
      return readdirSync(base)
        .flatMap((n) => placeOf(name, base, n) ?? [])
        .sort((a, b) => a.repetition - b.repetition || (a.part ?? LAST_PART) - (b.part ?? LAST_PART));
    });
  }
}

const LAST_PART = Number.POSITIVE_INFINITY;

/** A folder of a recording is called after its repetition: `2`, or `2.1` for the first part of one that was interrupted. */
function placeOf(scenario: string, base: string, folder: string): RecordingPlace | undefined {
  const [, repetition, part] = /^(\d+)(?:\.(\d+))?$/.exec(folder) ?? [];
  if (repetition === undefined || !existsSync(join(base, folder, 'recording.json'))) return undefined;
  return {
    scenario,
    repetition: Number(repetition),
    ...(part === undefined ? {} : { part: Number(part) }),
    folder: join(base, folder),
  };
}

/** States of a run of version 1 stand in its run.json. */
function statesOf(folder: string, { ended = [] }: RunDocument): Map<string, StageState> {
  const states = new Map<string, StageState>(ended.map((state) => [state.id, { version: 1, ...state }]));
  for (const [id, state] of readStates(folder)) states.set(id, state);
  return states;
}

/** How far the run in a folder is. */
export const progressOf = (folder: string, document: RunDocument): RunProgress =>
  progressOfRun(document.stages, statesOf(folder, document), (state) => isStateAlive(folder, state));

/** Newest first. */
function runsIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .map((name) => join(folder, name))
      .filter((path) => existsSync(join(path, 'run.json')))
      .reverse();
  } catch {
    return [];
  }
}

/** What is recorded besides the scenarios of the file. */
interface Extra {
  readonly solo?: boolean | undefined;
  readonly calibrate?: boolean | undefined;
}

/** @throws ProblemError `config` with every mistake of the file, or `usage` when nothing could be recorded alone */
export function readSpec(text: string, file: string, { solo = false, calibrate = false }: Extra = {}): PipelineSpec {
  const spec = parsePipeline(text, file);
  if (calibrate) return withCalibration(spec);
  if (!solo) return spec;
  if (spec.scenarios.every((s) => s.tasks.length < 2))
    fail(
      'usage',
      `--solo: no scenario of ${file} has more than one task`,
      'its tasks run alone already; leave --solo out',
    );
  return withSolo(spec);
}

function makeFolder(runs: string, id: string | undefined, name: string): string {
  if (id !== undefined && !/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(id)) {
    return fail('usage', `"${id}" cannot be the name of a run`, 'use letters, digits, "_", "-" and "."');
  }
  try {
    makeFolders(runs);
    for (let n = 1; ; n++) {
      const folder = join(runs, id ?? (n === 1 ? name : `${name}-${n}`));
      try {
        mkdirSync(folder);
        return folder;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        if (id !== undefined)
          return fail(
            'usage',
            `${folder} exists already`,
            `choose another --id, or go on with it: infersight run --resume ${folder}`,
          );
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code) throw diskProblem(runs, error);
    throw error;
  }
}
