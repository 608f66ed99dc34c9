/** What a build and its trial tell: each finding in a case that has it and in one that has not. */
import { describe, expect, it } from 'vitest';
import { buildSettings } from './build-settings.js';
import type { BuiltEngine, RuleContext } from './rule.js';

const built = (more: Partial<BuiltEngine> = {}): BuiltEngine => ({
  precision: 'fp16',
  options: { cuda_graph: 'auto', optimization_level: 3 },
  shapes: {},
  profiles: [],
  siblings: [],
  ...more,
});
const ids = (engine: BuiltEngine | undefined): string[] =>
  buildSettings({ built: engine } as unknown as RuleContext).map((f) => `${f.id} ${f.severity}`);
const trial = { runs: 200, gpu_ms: 0.6, enqueue_ms: 0.63, graph_gpu_ms: 0.5, graph_enqueue_ms: 0.02 };

describe('settings of a build', () => {
  it('launches that bound an engine, by what a CUDA graph was measured to save', () => {
    expect(ids(built({ trial }))).toEqual(['launch_bound info']);
    expect(ids(built({ trial, options: { cuda_graph: 'off', optimization_level: 3 } }))).toEqual([
      'launch_bound warning',
    ]);
    expect(ids(built({ trial: { ...trial, graph_gpu_ms: 0.59 } }))).toEqual([]);
    const { graph_gpu_ms: _, graph_enqueue_ms: __, ...without } = trial;
    expect(ids(built({ trial: without }))).toEqual(['launch_bound warning']);
    expect(ids(built({ trial: { ...without, enqueue_ms: 0.1 } }))).toEqual([]);
    const [finding] = buildSettings({ built: built({ trial }) } as unknown as RuleContext);
    expect(finding?.message).toMatch(
      /takes 16\.7 % off the time on the device \(0\.600 ms to 0\.500 ms\) and 96\.8 % off the host's time/,
    );
  });

  it('a builder that searched little', () => {
    expect(ids(built({ options: { optimization_level: 0 } }))).toEqual(['builder_level_low info']);
    expect(ids(built({ options: { optimization_level: 2 } }))).toEqual([]);
  });

  it('a shape far from the one that the engine is tuned for', () => {
    const profiles = [{ x: { min: [1, 3], opt: [8, 3], max: [16, 3] } }];
    expect(ids(built({ profiles, shapes: { x: [1, 3] } }))).toEqual(['profile_far_from_shape warning']);
    expect(ids(built({ profiles, shapes: { x: [16, 3] } }))).toEqual(['profile_far_from_shape warning']);
    expect(ids(built({ profiles, shapes: { x: [7, 3] } }))).toEqual([]);
    // The profile that it runs in counts.
    const two = [...profiles, { x: { min: [1, 3], opt: [1, 3], max: [1, 3] } }];
    expect(ids(built({ profiles: two.toReversed(), shapes: { x: [1, 3] } }))).toEqual([]);
  });

  it('a lower precision that is slower than the engine beside it', () => {
    const siblings = [{ name: 'full', precision: 'fp32', gpu_ms: 0.45 }];
    const graph = { ...trial, graph_gpu_ms: 0.59 };
    expect(ids(built({ trial: graph, siblings }))).toEqual(['lower_precision_slower warning']);
    expect(ids(built({ trial: graph, siblings: [{ name: 'full', precision: 'fp32', gpu_ms: 0.9 }] }))).toEqual([]);
    expect(ids(built({ trial: graph, siblings, precision: 'fp32' }))).toEqual([]);
  });

  it('nothing of an engine that was built elsewhere', () => {
    expect(ids(undefined)).toEqual([]);
  });
});
