/** A pipeline on the devices of a cluster. */
import pc from 'picocolors';
import { stringify } from '../../base/yaml.js';
import { fleetManifests } from '../../fleet/jobs.js';
import { Cluster } from '../../orchestrators/kubernetes/cluster.js';
import { type DeviceEnd, runOnCluster } from '../../orchestrators/kubernetes/run.js';
import { type ExitCode, exitCodeOfRun, worstOf } from '../exit.js';
import { onInterrupt } from '../interrupt.js';
import { type FleetOptions, readFleetRun } from '../read-fleet.js';
import { chooseReporter, type ReporterKind } from '../reporters/index.js';
import { plainLine } from '../reporters/plain.js';

/** Options of `infersight kubernetes run`. */
export interface FleetRunOptions extends FleetOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly runs: string;
  readonly fetch: boolean;
  readonly reporter: ReporterKind;
  readonly quiet?: true;
}

/** Prints the objects. */
export async function render(file: string, options: FleetOptions): Promise<ExitCode> {
  const documents = fleetManifests(readFleetRun(file, options)).map((m) =>
    stringify(m, { aliasDuplicateObjects: false, blockQuote: 'literal' }),
  );
  process.stdout.write(documents.join('---\n'));
  return 0;
}

/** Runs all stages on all devices. */
export async function runOnFleet(file: string, options: FleetRunOptions): Promise<ExitCode> {
  const run = readFleetRun(file, options);
  const cluster = await Cluster.open(run.fleet.namespace, options.kubeconfig, options.context);
  const several = run.fleet.devices.length > 1;
  const reporter = await chooseReporter(
    several && options.reporter === 'auto' ? 'plain' : options.reporter,
    options.quiet ?? false,
  );
  const again = `infersight kubernetes run ${file} --fleet ${options.fleet} --name ${run.name}`;
  const interrupt = onInterrupt((text) => reporter.say(text), `its Jobs go on; come back with: ${again}`);
  try {
    reporter.say(`run ${run.name} on ${run.fleet.devices.map((d) => d.id).join(', ')}`);
    const ends = await runOnCluster(run, cluster, {
      onEvent: (device) => (event) => {
        if (!several || options.reporter === 'json') {
          reporter.onEvent(event);
          return;
        }
        const line = event.kind === 'progress' ? undefined : plainLine(event);
        if (line !== undefined && (!options.quiet || event.kind === 'problem'))
          reporter.say(`${pc.dim(`[${device}]`)} ${line}`);
      },
      say: (text) => reporter.say(text),
      signal: interrupt.signal,
      ...(options.fetch ? { runs: options.runs } : {}),
    });
    reporter.end();
    if (!options.quiet && options.reporter !== 'json') process.stdout.write(`\n${ends.map(endText).join('\n')}\n`);
    return worstOf(ends.map((end) => exitCodeOfRun(end)));
  } finally {
    reporter.end();
    interrupt.release();
  }
}

const endText = ({ device, state, verdict, problems, folder }: DeviceEnd): string =>
  [
    `${pc.bold(device)}  ${state}${verdict === undefined ? '' : `, verdict: ${verdict}`}${folder === undefined ? '' : pc.dim(`  ${folder}`)}`,
    ...problems.map((p) => `  ${p.message}${p.hint === undefined ? '' : pc.dim(` (${p.hint})`)}`),
  ].join('\n');
