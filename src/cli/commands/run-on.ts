/** Runs on other machines, by ssh. */
import pc from 'picocolors';
import { fail } from '../../base/problem.js';
import { ConnectionLost, checkHostName, SshHost } from '../../machine/ssh.js';
import { Device, shellCommand } from '../../orchestrators/device.js';
import type { RunOutcome } from '../../orchestrators/outcome.js';
import { runRemotely } from '../../orchestrators/remote.js';
import { RunDirectory, readSpec } from '../../store/run-directory.js';
import { deviceTable } from '../device-table.js';
import { type ExitCode, exitCodeOfRun, worstOf } from '../exit.js';
import { onInterrupt } from '../interrupt.js';
import { create, type RunOptions } from '../make-run.js';
import { readPipeline } from '../read-pipeline.js';
import { chooseReporter } from '../reporters/index.js';
import { plainLine } from '../reporters/plain.js';
import type { Reporter } from '../reporters/reporter.js';
import { printResult } from '../run-result.js';

interface Sent {
  /** As it was asked for. */
  readonly name: string;
  readonly host: string;
  readonly run: RunDirectory;
}

/** One run on each host, at the same time. */
export async function runOn(file: string, options: RunOptions): Promise<ExitCode> {
  if (options.simulate) fail('usage', '--simulate needs no device', 'leave out --on');
  const sent = options.resume ? resumed(options.resume, options.on) : await made(file, options);
  const [first] = sent;
  if (!first) return fail('usage', 'no host was named');
  const several = sent.length > 1;
  const reporter = await chooseReporter(
    several && options.reporter === 'auto' ? 'plain' : options.reporter,
    options.quiet ?? false,
  );
  const interrupt = onInterrupt(
    (text) => reporter.say(text),
    sent.map(({ run, name }) => `the measurement may go on on ${name}; infersight attach ${run.folder}`).join('\n'),
  );
  const there = options.force ? ['--force'] : [];
  try {
    const outcomes = await Promise.all(
      sent.map(async ({ name, host, run }) => {
        const { onEvent, say } = several ? named(reporter, name, options) : reporter;
        return attempt(several, say, () =>
          withConnection(host, () => runRemotely(run, host, there, { onEvent, say, signal: interrupt.signal })),
        );
      }),
    );
    reporter.end();
    if (!several) printResult(first.run, outcomes[0]?.report, options);
    else if (options.reporter !== 'json' && !options.quiet)
      process.stdout.write(
        `\n${deviceTable(sent.map(({ name, run }, i) => ({ name, folder: run.folder, outcome: outcomes[i] })))}\n`,
      );
    return worstOf(outcomes.map((o) => exitCodeOfRun(o)));
  } finally {
    reporter.end();
    interrupt.release();
  }
}

/** With several hosts, one that fails does not end the others. */
async function attempt(
  several: boolean,
  say: (text: string) => void,
  call: () => Promise<RunOutcome>,
): Promise<RunOutcome> {
  try {
    return await call();
  } catch (error) {
    if (!several || !(error instanceof Error)) throw error;
    say(pc.red(error.message));
    return { state: 'failed', problems: [{ code: 'run', message: error.message, stage: 'profile:' }] };
  }
}

/** The lines of a host begin with its name; of JSON, the event has it. */
function named({ say }: Reporter, name: string, { reporter, quiet }: RunOptions): Pick<Reporter, 'onEvent' | 'say'> {
  const begin = pc.dim(`[${name}]`);
  if (reporter === 'json')
    return {
      onEvent: (event) =>
        process.stdout.write(`${JSON.stringify({ host: name, ...event })}
`),
      say,
    };
  return {
    onEvent: (event) => {
      // How far each is would be lines and lines.
      if (event.kind === 'progress' || (quiet && event.kind !== 'problem')) return;
      const line = plainLine(event);
      if (line !== undefined) say(`${begin} ${line}`);
    },
    say: (text) => say(`${begin} ${text}`),
  };
}

function resumed(folder: string, on: readonly string[]): Sent[] {
  const [name, ...others] = on;
  if (name === undefined || others.length > 0) return fail('usage', '--resume goes with one --on');
  const run = RunDirectory.open(folder);
  return [{ name, host: hostOf(name, run.spec.targets), run }];
}

async function made(file: string, options: RunOptions): Promise<Sent[]> {
  const { targets } = readSpec(readPipeline(file, options.set), file);
  if (options.on.includes('all') && targets.length === 0)
    fail(
      'usage',
      '--on all means the targets of the pipeline file, and it has none',
      'add targets: { robot: { ssh: nvidia@robot-7 } }',
    );
  const names = [...new Set(options.on.flatMap((n) => (n === 'all' ? targets.map((t) => t.name) : [n])))];
  // Before anything is made.
  for (const name of names) checkHostName(hostOf(name, targets));
  const sent: Sent[] = [];
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  for (const name of names) {
    const id = options.id ?? (names.length > 1 ? `${readSpec(readPipeline(file), file).name}-${time}` : undefined);
    const run = await create(file, {
      ...options,
      ...(id === undefined ? {} : { id: names.length > 1 ? `${id}-${name.replace(/[^\w.-]+/g, '-')}` : id }),
    });
    sent.push({ name, host: hostOf(name, targets), run });
  }
  return sent;
}

const hostOf = (name: string, targets: readonly { readonly name: string; readonly ssh: string }[]): string =>
  targets.find((t) => t.name === name)?.ssh ?? name;

/** @throws ProblemError `run` where there is no connection */
export async function withConnection<T>(host: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ConnectionLost)
      return fail('run', `${host} cannot be reached: ${error.message}`, `try: ssh ${host} true`);
    throw error;
  }
}

/** What another machine has, told by itself. */
export async function doctorOn(name: string, json: boolean): Promise<ExitCode> {
  const host = new SshHost(name);
  try {
    return await withConnection(name, async () => {
      await host.connect();
      const device = await Device.equip(host, (text) => process.stderr.write(`${text}\n`));
      const colours = pc.isColorSupported && process.stdout.isTTY ? 'FORCE_COLOR=1' : 'NO_COLOR=1';
      const { code, stdout, stderr } = await host.run(
        shellCommand(`${colours} ${device.program} doctor${json ? ' --json' : ''}`),
      );
      process.stdout.write(stdout);
      process.stderr.write(stderr);
      return code as ExitCode;
    });
  } finally {
    await host.close();
  }
}
