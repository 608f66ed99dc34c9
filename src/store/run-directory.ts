/** The run directory: run.json and the paths of everything else. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { arch, hostname, platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fail, messageOf } from '../base/problem.js';
import { parsePipeline } from '../formats/pipeline/parse.js';
import { withSolo } from '../formats/pipeline/solo.js';
import type { PipelineSpec, ScenarioSpec } from '../formats/pipeline/types.js';
import { planStages } from '../formats/run/plan.js';
import { RUN_VERSION, type RunDocument, readRunDocument, type StageDocument } from '../formats/run/run.js';
import { diskProblem, writeAtomic } from '../machine/files.js';
import { TOOL_VERSION } from '../machine/version.js';

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
  readonly serviceFrom?: string;
  readonly cache?: string;
}

export class RunDirectory {
  readonly folder: string;
  readonly spec: PipelineSpec;
  readonly pipelineText: string;
  document: RunDocument;

  private constructor(folder: string, spec: PipelineSpec, pipelineText: string, document: RunDocument) {
    this.folder = folder;
    this.spec = spec;
    this.pipelineText = pipelineText;
    this.document = document;
  }

  /** @throws ProblemError `config`, `disk`, or `usage` when the id is taken */
  static async create({
    text,
    file,
    runs,
    id,
    simulate = false,
    solo = false,
    serviceFrom,
    cache,
  }: NewRun): Promise<RunDirectory> {
    const spec = readSpec(text, file, solo);
    const now = new Date();
    const folder = makeFolder(resolve(runs), id, `${spec.name}-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`);
    const document: RunDocument = {
      version: RUN_VERSION,
      id: folder.slice(dirname(folder).length + 1),
      tool: { name: 'infersight', version: TOOL_VERSION },
      pipeline: spec.name,
      created: now.toISOString(),
      source: dirname(resolve(file)),
      simulate,
      ...(solo ? { solo } : {}),
      ...(serviceFrom ? { service_from: resolve(serviceFrom) } : {}),
      ...(cache ? { cache: resolve(cache) } : {}),
      device: { hostname: hostname(), os: platform(), arch: arch() },
      state: 'running',
      pid: process.pid,
      stages: planStages(spec, simulate).map(({ id: stage, kind, needs }) => ({
        id: stage,
        kind,
        needs: [...needs],
        state: 'waiting' as const,
      })),
    };
    const run = new RunDirectory(folder, spec, text, document);
    await writeAtomic(join(folder, 'pipeline.yaml'), text);
    await run.save();
    return run;
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
    const spec = readSpec(text, join(path, 'pipeline.yaml'), document.solo ?? false);
    return new RunDirectory(path, spec, text, document);
  }

  /** Of the pipeline file, or with one task alone. */
  scenario(name: string): ScenarioSpec | undefined {
    return this.spec.scenarios.find((s) => s.name === name);
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  stage(id: string): StageDocument | undefined {
    return this.document.stages.find((s) => s.id === id);
  }

  async updateStage(id: string, change: Partial<StageDocument>): Promise<void> {
    await this.#change((now) => ({
      ...now,
      stages: now.stages.map((s) => (s.id === id ? { ...s, ...change } : s)),
    }));
  }

  async update(change: Partial<RunDocument>): Promise<void> {
    await this.#change((now) => ({ ...now, ...change }));
  }

  /** Another process may have gone on with the run since it was read: stages are called one by one, reports while it runs. */
  async #change(change: (now: RunDocument) => RunDocument): Promise<void> {
    this.document = change(this.#onDisk() ?? this.document);
    await this.save();
  }

  #onDisk(): RunDocument | undefined {
    const path = this.path('run.json');
    try {
      return readRunDocument(readFileSync(path, 'utf8'), path);
    } catch {
      return undefined;
    }
  }

  async save(): Promise<void> {
    await writeAtomic(this.path('run.json'), `${JSON.stringify(this.document, null, 2)}\n`);
  }

  /**
   * Folders of the recordings that are there, in the order of the scenarios and repetitions.
   * @param which the scenarios as they stand in the file, or their tasks alone
   */
  recordings(which: 'together' | 'solo' = 'together'): { scenario: string; repetition: number; folder: string }[] {
    return this.spec.scenarios.flatMap(({ name, soloOf }) => {
      if ((soloOf === undefined) !== (which === 'together')) return [];
      const base = this.path('recordings', name);
      if (!existsSync(base)) return [];
      return readdirSync(base)
        .filter((n) => /^\d+$/.test(n) && existsSync(join(base, n, 'recording.json')))
        .map(Number)
        .sort((a, b) => a - b)
        .map((repetition) => ({ scenario: name, repetition, folder: join(base, String(repetition)) }));
    });
  }
}

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

/** @throws ProblemError `usage` when nothing could be recorded alone */
export function readSpec(text: string, file: string, solo: boolean): PipelineSpec {
  const spec = parsePipeline(text, file);
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
    mkdirSync(runs, { recursive: true });
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
