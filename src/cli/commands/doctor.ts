import pc from 'picocolors';
import type { BackendPart, BackendStatus } from '../../backends/backend.js';
import { backendIds, loadBackend } from '../../backends/registry.js';
import type { Problem } from '../../base/problem.js';
import { cardById } from '../../formats/backends/index.js';
import { deviceHolder, holderText, lockFile } from '../../machine/device-lock.js';
import { mayRaise } from '../../machine/thread.js';
import { describeDevice } from '../../probes/device.js';
import { type Check, preflight } from '../../probes/preflight.js';
import { allProbes } from '../../probes/registry.js';
import { findProgram } from '../../probes/spawned.js';
import type { ExitCode } from '../exit.js';
import { widthOf, wrap } from '../text.js';

const TOOLS: readonly [name: string, use: string][] = [
  ['nvpmodel', 'names the power mode of a Jetson'],
  ['jetson_clocks', 'locks the clocks of a Jetson'],
  ['cyclictest', 'measures the wake-up time of this system (package rt-tests); used by the benchmarks'],
];

const isReal = (id: string): boolean => cardById(id)?.real ?? true;

/** Prints what this machine has and what is missing. */
export async function doctor({ json, on }: { json?: true; on?: string }): Promise<ExitCode> {
  if (on !== undefined) return (await import('./run-on.js')).doctorOn(on, json === true);
  const backends = await Promise.all(backendIds().map(describe));
  const probes = allProbes().map((p) => ({ id: p.id, problem: p.unavailable() }));
  const checks = [...(await preflight()), realTime(), lock()];
  const tools = TOOLS.map(([name, use]) => ({ name, use, path: findProgram(name) }));
  const device = describeDevice(
    Object.fromEntries(backends.flatMap((b) => (b.version && isReal(b.id) ? [[b.id, b.version]] : []))),
  );
  if (json) {
    process.stdout.write(`${JSON.stringify({ device, backends, probes, checks, tools }, null, 2)}\n`);
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
    pc.bold('before a measurement'),
    ...checks.map(checkLine),
    pc.bold('tools'),
    ...tools.map(({ name, use, path }) =>
      path ? `  ${pc.green('✓')} ${name}  ${path}` : `  ${pc.dim('-')} ${name}  ${pc.dim(`not here; ${use}`)}`,
    ),
  ];
  process.stdout.write(`${out.join('\n')}\n`);
  return backends.some((b) => !b.problem && isReal(b.id)) ? 0 : 3;
}

function checkLine({ ok, message, advice }: Check): string {
  const width = widthOf(process.stdout);
  return ok
    ? `  ${pc.green('✓')} ${wrap(message, width, 4, 4)}`
    : `  ${pc.yellow('!')} ${wrap(message, width, 4, 4)}\n      ${pc.dim(wrap(advice ?? '', width, 6, 6))}`;
}

/** Asked of a thread of its own, so that this one stays as it is. */
function realTime(): Check {
  const granted = mayRaise();
  return granted
    ? { id: 'real_time', ok: true, message: 'threads may have real-time priority (priority: high)' }
    : {
        id: 'real_time',
        ok: false,
        message: 'threads may not have real-time priority, so priority: high will not be granted',
        advice: 'run as root, grant CAP_SYS_NICE, or set an rtprio limit in /etc/security/limits.conf',
      };
}

function lock(): Check {
  const holder = deviceHolder();
  return holder
    ? {
        id: 'device',
        ok: false,
        message: `somebody measures here: ${holderText(holder)}`,
        advice: 'a run waits for it; --force does not',
      }
    : { id: 'device', ok: true, message: `nobody measures here (${lockFile()})` };
}

const line = (name: string, problem: Problem | undefined): string =>
  problem
    ? `  ${pc.dim('-')} ${name}  ${pc.dim(`${problem.message}; ${problem.hint ?? ''}`)}`
    : `  ${pc.green('✓')} ${name}`;

/** A backend, and the parts of one that is here. */
type Described = BackendStatus & { readonly parts?: readonly BackendPart[] };

async function describe(id: string): Promise<Described> {
  const backend = await loadBackend(id, '.');
  const status = await backend.probe();
  const parts = status.version === undefined ? undefined : await backend.parts?.();
  return parts === undefined ? status : { ...status, parts };
}

function partLine({ name, found, missing, hint }: BackendPart): string {
  if (missing === undefined) return `      ${pc.green('✓')} ${name}${pc.dim(`  ${found ?? ''}`)}`;
  return `      ${pc.dim('-')} ${name}  ${pc.dim(`${missing}${hint === undefined ? '' : `; ${hint}`}`)}`;
}

function backendLines(status: Described): string[] {
  const parts = (status.parts ?? []).map(partLine);
  if (status.problem)
    return [`  ${pc.red('✗')} ${status.id}  ${status.problem.message}`, `      ${status.problem.hint ?? ''}`, ...parts];
  return [
    `  ${pc.green('✓')} ${status.id} ${status.version ?? ''}${status.location ? pc.dim(`  ${status.location}`) : ''}`,
    ...status.accelerators.map((a) => `      ${a.name}: ${a.provider}${a.note ? pc.dim(`  ${a.note}`) : ''}`),
    ...parts,
  ];
}
