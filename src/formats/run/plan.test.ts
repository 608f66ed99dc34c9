/** What a run is made of, and how far it is. */
import { describe, expect, it } from 'vitest';
import { parsePipeline } from '../pipeline/parse.js';
import { withSolo } from '../pipeline/solo.js';
import { type PlannedStage, planStages } from './plan.js';
import { ORCHESTRATOR, progressOfRun, type RunStatus, type StageStatus } from './run-state.js';
import type { StageState } from './stage-state.js';

const spec = parsePipeline(
  `version: 1
name: robot
models:
  detector: { file: d.onnx, accelerator: gpu }
  vad: { file: v.onnx }
  camera: { backend: synthetic, build: { service: 4 ms } }
scenarios:
  street: { tasks: [ { model: detector, rate: 10 Hz }, { model: vad, rate: 30 Hz }, { model: detector, name: spare, rate: 1 Hz, accelerator: cpu } ] }
  park: { tasks: [ { model: vad, rate: 30 Hz }, { model: camera, rate: 30 Hz } ] }
`,
  'p.yaml',
);
const plan = planStages(spec, false);
const stage = (id: string, of: readonly PlannedStage[] = plan): PlannedStage =>
  of.find((s) => s.id === id) ?? expect.fail(`no stage ${id}`);

describe('a plan', () => {
  it('has a build, layers and an exploration for each engine slot, and none of the latter for programmed times', () => {
    expect(plan.map((s) => s.id)).toEqual([
      'prepare',
      'build:detector',
      'build:detector@cpu',
      'build:vad',
      'build:camera',
      'profile:street',
      'profile:park',
      'layers:detector',
      'layers:detector@cpu',
      'layers:vad',
      'explore:detector',
      'explore:detector@cpu',
      'explore:vad',
      'report',
    ]);
  });

  it('names what each stage needs, reads, writes and keeps for itself', () => {
    expect(stage('profile:street')).toEqual({
      id: 'profile:street',
      kind: 'profile',
      subject: 'street',
      needs: ['build:detector', 'build:vad', 'build:detector@cpu'],
      after: [],
      inputs: ['engines/detector/engine.json', 'engines/vad/engine.json', 'engines/detector@cpu/engine.json'],
      outputs: ['recordings/street'],
      exclusive: 'device',
    });
    expect(stage('layers:vad').after).toEqual(['profile:street', 'profile:park']);
    expect(stage('layers:detector@cpu').after).toEqual(['profile:street']);
    expect(stage('explore:vad')).toMatchObject({ needs: ['build:vad', 'layers:vad'] });
    expect(stage('explore:vad').exclusive).toBeUndefined();
    expect(stage('report')).toMatchObject({
      needs: [],
      after: expect.arrayContaining(['profile:park', 'explore:vad']),
    });
  });

  it('lets no two stages write the same, and none read what a later one writes', () => {
    const written = plan.flatMap((s) => s.outputs);
    expect(new Set(written).size).toBe(written.length);
    plan.forEach(({ inputs, needs, after }, i) => {
      for (const input of inputs) {
        const writer = plan.findIndex((s) => s.outputs.some((o) => input === o || input.startsWith(`${o}/`)));
        expect(writer, input).toBeLessThan(i);
      }
      for (const before of [...needs, ...after]) expect(plan.findIndex((s) => s.id === before)).toBeLessThan(i);
    });
  });

  it('of a simulation needs no device; one with --solo has the tasks alone too', () => {
    expect(planStages(spec, true).map((s) => s.id)).toEqual(['prepare', 'profile:street', 'profile:park', 'report']);
    expect(planStages(spec, true).every((s) => s.exclusive === undefined)).toBe(true);
    expect(planStages(withSolo(spec), true).map((s) => s.id)).toContain('profile:street@vad');
  });
});

describe('how far a run is', () => {
  const small = planStages(spec, true);
  const of = (states: Record<string, StageState['state'] | 'dead'>) => {
    const documents = Object.entries(states).map(([id, state]): [string, StageState] => [
      id,
      { version: 1, id, state: state === 'dead' ? 'running' : state },
    ]);
    const { status, stages } = progressOfRun(small, new Map(documents), ({ id }) => states[id] !== 'dead');
    return { status, stages: stages.map((s) => s.status) };
  };
  it.each<[Record<string, StageState['state'] | 'dead'>, RunStatus, StageStatus[]]>([
    [{}, 'waiting', ['waiting', 'waiting', 'waiting', 'waiting']],
    [{ prepare: 'done' }, 'waiting', ['done', 'waiting', 'waiting', 'waiting']],
    [{ [ORCHESTRATOR]: 'running', prepare: 'done' }, 'running', ['done', 'waiting', 'waiting', 'waiting']],
    [{ prepare: 'done', 'profile:park': 'running' }, 'running', ['done', 'waiting', 'running', 'waiting']],
    [{ prepare: 'dead' }, 'lost', ['lost', 'waiting', 'waiting', 'waiting']],
    [{ [ORCHESTRATOR]: 'dead', prepare: 'done' }, 'lost', ['done', 'waiting', 'waiting', 'waiting']],
    [{ prepare: 'failed' }, 'failed', ['failed', 'skipped', 'skipped', 'waiting']],
    [
      { prepare: 'done', 'profile:street': 'interrupted' },
      'interrupted',
      ['done', 'interrupted', 'waiting', 'waiting'],
    ],
    [
      { [ORCHESTRATOR]: 'dead', prepare: 'done', 'profile:street': 'done', 'profile:park': 'done', report: 'done' },
      'done',
      ['done', 'done', 'done', 'done'],
    ],
    [
      { prepare: 'done', 'profile:street': 'failed', 'profile:park': 'done', report: 'done' },
      'failed',
      ['done', 'failed', 'done', 'done'],
    ],
  ])('%j: %s', (states, status, stages) => {
    expect(of(states)).toEqual({ status, stages });
  });
});
