import pc from 'picocolors';
import type { BackendStatus } from '../../backends/backend.js';
import { backendIds, loadBackend } from '../../backends/registry.js';
import type { Problem } from '../../base/problem.js';
import { cardById } from '../../formats/backends/index.js';
import { describeDevice } from '../../probes/device.js';
import { allProbes } from '../../probes/registry.js';
import { findProgram } from '../../probes/spawned.js';
import type { ExitCode } from '../exit.js';

const TOOLS: readonly [name: string, use: string][] = [
  ['trtexec', 'builds TensorRT engines; comes with TensorRT (JetPack: /usr/src/tensorrt/bin)'],
  ['nvpmodel', 'names the power mode of a Jetson'],
  ['jetson_clocks', 'locks the clocks of a Jetson'],
  ['cyclictest', 'measures the wake-up time of this system (package rt-tests); used by the benchmarks'],
];

const isReal = (id: string): boolean => cardById(id)?.real ?? true;

/** Prints what this machine has and what is missing. */
export async function doctor({ json }: { json?: true }): Promise<ExitCode> {
  const backends = await Promise.all(backendIds().map(async (id) => (await loadBackend(id, '.')).probe()));
  const probes = allProbes().map((p) => ({ id: p.id, problem: p.unavailable() }));
  const tools = TOOLS.map(([name, use]) => ({ name, use, path: findProgram(name) }));
  const device = describeDevice(
    Object.fromEntries(backends.flatMap((b) => (b.version && isReal(b.id) ? [[b.id, b.version]] : []))),
  );
  if (json) {
    process.stdout.write(`${JSON.stringify({ device, backends, probes, tools }, null, 2)}\n`);
    return backends.some((b) => !b.problem && isReal(b.id)) ? 0 : 3;
  }
  const gib = (device.memory_bytes / 2 ** 30).toFixed(1);
  const out = [
    pc.bold('device'),
    `  ${device.model ?? device.hostname}: ${device.cpus} x ${device.cpu ?? 'CPU'}, ${gib} GiB, ${device.os}, ${device.kernel}, ${device.arch}`,
    `  GPU: ${device.gpu.join(', ') || 'none seen by nvidia-smi'}`,
    `  node ${device.versions.node}${device.power_mode ? `, power mode ${device.power_mode}` : ''}${device.clocks_locked === undefined ? '' : `, clocks ${device.clocks_locked ? 'locked' : 'not locked'}`}`,
    pc.bold('backends'),
    ...backends.flatMap(backendLines),
    pc.bold('probes'),
    ...probes.map(({ id, problem }) => line(id, problem)),
    pc.bold('tools'),
    ...tools.map(({ name, use, path }) =>
      path ? `  ${pc.green('✓')} ${name}  ${path}` : `  ${pc.dim('-')} ${name}  ${pc.dim(`not here; ${use}`)}`,
    ),
  ];
  process.stdout.write(`${out.join('\n')}\n`);
  return backends.some((b) => !b.problem && isReal(b.id)) ? 0 : 3;
}

const line = (name: string, problem: Problem | undefined): string =>
  problem
    ? `  ${pc.dim('-')} ${name}  ${pc.dim(`${problem.message}; ${problem.hint ?? ''}`)}`
    : `  ${pc.green('✓')} ${name}`;

function backendLines(status: BackendStatus): string[] {
  if (status.problem)
    return [`  ${pc.red('✗')} ${status.id}  ${status.problem.message}`, `      ${status.problem.hint ?? ''}`];
  return [
    `  ${pc.green('✓')} ${status.id} ${status.version ?? ''}${status.location ? pc.dim(`  ${status.location}`) : ''}`,
    ...status.accelerators.map((a) => `      ${a.name}: ${a.provider}${a.note ? pc.dim(`  ${a.note}`) : ''}`),
  ];
}
