/** `inspect --target`: layer by layer, what an accelerator could run of a model. */
import { dirname, resolve } from 'node:path';
import Table from 'cli-table3';
import pc from 'picocolors';
import type { LayerPlace } from '../../backends/backend.js';
import { loadBackend } from '../../backends/registry.js';
import { fail } from '../../base/problem.js';
import { printable } from '../../base/text.js';
import { PLAN_BACKEND, resolveBuild } from '../../formats/backends/index.js';
import type { ModelSummary } from '../../formats/engine/model.js';
import type { ExitCode } from '../exit.js';

const NAME_CHARS = 48;

/** Prints the table. @throws ProblemError `usage` for another target than a DLA */
export async function showPlaces(
  path: string,
  summary: ModelSummary,
  shapes: Readonly<Record<string, readonly number[]>>,
  target: string,
  json: true | undefined,
): Promise<ExitCode> {
  if (!/^dla(:\d)?$/.test(target)) return fail('usage', `--target ${target} is not known`, 'dla or dla:1');
  const accelerator = target === 'dla' ? 'dla:0' : target;
  const backend = await loadBackend(PLAN_BACKEND, '.');
  const model = {
    spec: {
      name: summary.name,
      inputs: {},
      backend: PLAN_BACKEND,
      accelerator,
      precision: 'fp16' as const,
      build: resolveBuild(PLAN_BACKEND, {}, accelerator),
    },
    file: resolve(path),
    folder: dirname(resolve(path)),
    summary,
    shapes,
  };
  const places = (await backend.placement?.(model, accelerator, new AbortController().signal)) ?? [];
  process.stdout.write(json ? `${JSON.stringify(places, null, 2)}\n` : `${placesText(places)}\n`);
  return 0;
}

/** For people. */
export function placesText(places: readonly LayerPlace[]): string {
  const table = new Table({
    head: ['layer', 'type', 'runs on', 'why'].map((h) => pc.bold(h)),
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colWidths: [NAME_CHARS + 2, 18, 9, 60],
  });
  for (const { layer, type, device, why = '' } of places)
    table.push([
      printable(layer).slice(0, NAME_CHARS),
      type,
      device === 'dla' ? pc.green('DLA') : pc.yellow('GPU'),
      printable(why),
    ]);
  const onDla = places.filter((p) => p.device === 'dla').length;
  const changes = places.filter((p, i) => i > 0 && p.device !== places[i - 1]?.device).length;
  return [
    table.toString(),
    '',
    `${onDla} of ${places.length} layers can run on the DLA in fp16; in the order of the network the device changes ${changes} times`,
    pc.dim('each change costs copies and a reformat: a model that stays on one device is mostly faster'),
  ].join('\n');
}
