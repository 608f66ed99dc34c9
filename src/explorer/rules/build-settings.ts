/** How the engine was built and tried: launches, level of the builder, shapes, precisions. */
import { percent } from '../../base/text.js';
import type { EngineFinding } from '../../formats/engine/engine-report.js';
import { ms, type Rule, type RuleContext } from './rule.js';

/** Below this share a gain is not worth a finding. */
const NOTABLE_GAIN = 0.05;
/** The host takes as long to start a run as the device to do it. */
const ENQUEUE_BOUND = 0.8;
const LOW_LEVEL = 1;
/** Running with so many times more or fewer elements than the engine was tuned for. */
const FAR = 1.5;

type Built = NonNullable<RuleContext['built']>;

/** Bound by launches: what a CUDA graph saves was measured when the engine was built. */
function launchBound({ trial, options }: Built): EngineFinding[] {
  if (!trial) return [];
  const { gpu_ms: plain, enqueue_ms: enqueue, graph_gpu_ms: graph, graph_enqueue_ms: launch } = trial;
  const off = options.cuda_graph === 'off';
  if (graph === undefined || launch === undefined) {
    if (enqueue < ENQUEUE_BOUND * plain) return [];
    return [
      {
        id: 'launch_bound',
        severity: 'warning',
        message: `the host needs ${ms(enqueue)} to start a run that takes ${ms(plain)} on the device: its launches bound the engine, and no CUDA graph could be made`,
        advice:
          'fewer and larger kernels help: fuse operators in the export, use fixed shapes, or several inputs in one run',
        layers: [],
        evidence: { gpu_ms: plain, enqueue_ms: enqueue },
      },
    ];
  }
  const gain = 1 - graph / plain;
  if (gain < NOTABLE_GAIN) return [];
  return [
    {
      id: 'launch_bound',
      severity: off ? 'warning' : 'info',
      message: `a CUDA graph takes ${percent(gain)} off the time on the device (${ms(plain)} to ${ms(graph)}) and ${percent(1 - launch / enqueue)} off the host's time to start a run (${ms(enqueue)} to ${ms(launch)}): launches bound this engine`,
      advice: off
        ? 'set build: { cuda_graph: auto }'
        : 'it runs as a graph here; in a program of your own capture it too, or the times there are those without',
      layers: [],
      evidence: { gpu_ms: plain, graph_gpu_ms: graph, enqueue_ms: enqueue, graph_enqueue_ms: launch },
    },
  ];
}

function lowLevel({ options: { optimization_level: level } }: Built): EngineFinding[] {
  if (typeof level !== 'number' || level > LOW_LEVEL) return [];
  return [
    {
      id: 'builder_level_low',
      severity: 'info',
      message: `built at optimisation level ${level}: the builder ${level === 0 ? 'took the first tactic that works' : 'compared few tactics'}`,
      advice: 'build with the default (optimization_level: 3) before you judge the speed',
      layers: [],
      evidence: { optimization_level: level },
    },
  ];
}

const volume = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function farProfile({ profiles, shapes }: Built): EngineFinding[] {
  return Object.entries(shapes).flatMap(([input, shape]) => {
    const ranges = profiles.flatMap((p) => (p[input] ? [p[input]] : []));
    const fitting = ranges.find(({ min, max }) => shape.every((d, i) => d >= (min[i] ?? 0) && d <= (max[i] ?? 0)));
    const ratio = fitting ? volume(shape) / volume(fitting.opt) : 1;
    if (ratio < FAR && ratio > 1 / FAR) return [];
    return [
      {
        id: 'profile_far_from_shape',
        severity: 'warning' as const,
        message: `${input} runs as [${shape.join(',')}], and the engine is tuned for [${fitting?.opt.join(',')}]: ${ratio > 1 ? `${ratio.toFixed(1)} times as much` : `${(1 / ratio).toFixed(1)} times less`}`,
        advice: 'build with opt: at the shape that it runs with, or with a profile of its own for it',
        layers: [],
        evidence: { input, ratio: Number(ratio.toFixed(3)) },
      },
    ];
  });
}

/** Against an engine of the same model and shapes in another precision, beside this one. */
function slowerThanSibling({ precision, trial, siblings }: Built): EngineFinding[] {
  const own = trial?.graph_gpu_ms ?? trial?.gpu_ms;
  if (own === undefined || !['fp16', 'bf16', 'int8', 'fp8', 'best'].includes(precision)) return [];
  return siblings.flatMap(({ name, precision: other, gpu_ms: theirs }) => {
    if (!['fp32', 'tf32', 'as_is'].includes(other) || own <= theirs) return [];
    return [
      {
        id: 'lower_precision_slower',
        severity: 'warning' as const,
        message: `${precision} takes ${ms(own)} on the device, and ${name} in ${other} takes ${ms(theirs)}`,
        advice:
          'look for reformats between layers of different types; small networks gain nothing from a lower precision',
        layers: [],
        evidence: { gpu_ms: own, other_gpu_ms: theirs, other: name },
      },
    ];
  });
}

/** What the settings of the build, and a few runs of the new engine, tell. */
export const buildSettings: Rule = ({ built }) =>
  built ? [...launchBound(built), ...lowLevel(built), ...farProfile(built), ...slowerThanSibling(built)] : [];
