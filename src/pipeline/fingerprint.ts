/**
 * SHA-256 over what a stage depends on: the contents of its inputs, its settings, and the versions that matter. Taken
 * where the stage runs, so that an upgrade there makes it run again.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { loadBackend } from '../backends/registry.js';
import { canonicalJson } from '../base/canonical-json.js';
import type { PlannedStage } from '../formats/run/plan.js';
import { sha256File, sha256Text } from '../machine/files.js';
import { driverVersions } from '../machine/target.js';
import { TOOL_VERSION } from '../machine/version.js';
import type { RunDirectory } from '../store/run-directory.js';

/** Equal fingerprints mean equal outputs, as far as a stage's outputs follow from anything at all. */
export async function fingerprintOf(run: RunDirectory, stage: PlannedStage): Promise<string> {
  const inputs = await Promise.all(stage.inputs.map(async (path) => [path, await contentsOf(run.path(path))]));
  return sha256Text(
    canonicalJson({
      stage: stage.id,
      inputs,
      settings: settingsOf(run, stage),
      versions: { infersight: TOOL_VERSION, ...(await versionsOf(run, stage)) },
    }),
  );
}

/** Whether everything is there that the stage was to write. */
export const hasOutputs = (run: RunDirectory, stage: PlannedStage): boolean =>
  stage.outputs.every((path) => existsSync(run.path(path)));

const known = new Map<string, string>();

/** Hash of a file, or of the names and hashes of all files below a folder; null where there is nothing. */
async function contentsOf(path: string): Promise<string | null> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return null;
  if (stat.isDirectory()) {
    const files = readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
      .sort();
    const parts = await Promise.all(files.map(async (file) => [relative(path, file), await contentsOf(file)]));
    return sha256Text(canonicalJson(parts));
  }
  // What was hashed a moment ago for another stage is not read again.
  const key = `${path} ${stat.ino} ${stat.size} ${stat.mtimeMs}`;
  const hash = known.get(key) ?? (await sha256File(path));
  known.set(key, hash);
  return hash;
}

/** The part of the pipeline file that the stage is about. */
function settingsOf(run: RunDirectory, { kind, subject }: PlannedStage): unknown {
  switch (kind) {
    case 'prepare':
      return { source: run.document.source, service_from: run.document.service_from };
    case 'build':
    case 'layers': {
      const slot = run.slot(subject);
      return { model: run.model(slot.model), accelerator: slot.accelerator };
    }
    case 'profile': {
      const scenario = run.scenario(subject);
      const models = run.spec.models.filter((m) => scenario?.tasks.some((t) => t.model === m.name));
      return { scenario, models, probes: run.spec.probes, service_from: run.document.service_from };
    }
    case 'explore':
      return {};
    case 'report':
      return run.pipelineText;
  }
}

/** Stages whose output depends on the libraries and drivers of the machine. */
const ON_DEVICE = ['build', 'layers', 'profile'];

async function versionsOf(run: RunDirectory, stage: PlannedStage): Promise<Record<string, string>> {
  if (run.document.simulate || !ON_DEVICE.includes(stage.kind)) return {};
  const names =
    stage.kind === 'profile'
      ? (run.scenario(stage.subject)?.tasks.map((t) => t.model) ?? [])
      : [run.slot(stage.subject).model];
  const backends = new Set(names.map((name) => run.model(name).backend));
  const versions: Record<string, string> = { ...driverVersions() };
  for (const name of backends) {
    const backend = await loadBackend(name, run.folder).catch(() => undefined);
    Object.assign(versions, await (backend?.versions?.() ?? probed(backend)).catch(() => ({})));
  }
  return versions;
}

async function probed(backend: Awaited<ReturnType<typeof loadBackend>> | undefined): Promise<Record<string, string>> {
  const status = await backend?.probe();
  return status?.version === undefined ? {} : { [status.id]: status.version };
}
