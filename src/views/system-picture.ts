/** A recording -> the picture of what the system did. */
import { missTicks } from '../analysis/miss-ticks.js';
import { renderPng } from '../charts/render.js';
import { systemProfile } from '../charts/system-data.js';
import { type Shade, systemSpec } from '../charts/system-picture.js';
import { ownScenarios } from '../formats/pipeline/solo.js';
import type { ScenarioSpec } from '../formats/pipeline/types.js';
import type { Recording, RecordingDocument } from '../formats/recording/recording.js';
import type { RunDirectory } from '../store/run-directory.js';
import { FONTS } from './fonts.js';

/** PNG of the counters against the clock of the run; undefined where nothing was sampled. */
export async function systemPng(
  pipeline: string,
  { document, jobs, series }: Pick<Recording, 'document' | 'jobs' | 'series'>,
  scenario: ScenarioSpec | undefined,
): Promise<Uint8Array | undefined> {
  const data = systemProfile(series);
  if (data.panels.length === 0) return undefined;
  const title = `${pipeline} / ${document.scenario} on ${document.device.model ?? document.device.hostname}`;
  const origin = document.clock.start.local.replace('T', ' ').replace(/\.\d+$/, '');
  return renderPng(
    systemSpec(data, { title, shades: shadesOf(document), misses: scenario ? missTicks(scenario, jobs) : [], origin }),
    FONTS,
  );
}

/** Of a scenario; with several, each has its own. */
export const systemPictureName = (run: RunDirectory, scenario: string): string =>
  ownScenarios(run.spec).length > 1 ? `system_profile_graph.${scenario}.png` : 'system_profile_graph.png';

function shadesOf({ measure }: RecordingDocument): Shade[] {
  const [from, to] = [measure.from_ns / 1e9, measure.to_ns / 1e9];
  return [...(from > 0 ? [{ label: 'warm-up' as const, from: 0, to: from }] : []), { label: 'measured', from, to }];
}
