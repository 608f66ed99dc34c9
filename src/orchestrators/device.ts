/** A device that ssh reaches: what it is, what it must be given, and a run of ours on it. */
import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { fail } from '../base/problem.js';
import { type SshHost, shellWord } from '../machine/ssh.js';
import { type DeviceArch, type DevicePart, nodePart, programPart, tarOfFolder } from './device-parts.js';

/** What a device said of itself. */
interface DeviceFacts {
  readonly arch: DeviceArch;
  readonly home: string;
  /** Path of a Node that is new enough. */
  readonly node?: string;
  /** Names of what it was given before. */
  readonly parts: ReadonlySet<string>;
}

/** Everything of ours below the home folder there. */
const BASE = '.infersight';
const OLDEST_NODE = [20, 19] as const;

const PROBE = `echo "os=$(uname -s)"
echo "arch=$(uname -m)"
echo "home=$HOME"
for l in /lib/ld-musl*; do [ -e "$l" ] && echo "libc=musl"; done
n=$(command -v node) && echo "node=$n" && echo "version=$("$n" -p process.versions.node)"
for p in "$HOME/${BASE}/parts"/*/.complete; do [ -e "$p" ] && p=\${p%/.complete} && echo "part=\${p##*/}"; done
true`;

/** A POSIX shell, whatever the user's own is. */
const sh = (script: string): string => `sh -c ${shellWord(script)}`;

const ARCHES: Readonly<Record<string, DeviceArch>> = { x86_64: 'x64', amd64: 'x64', aarch64: 'arm64', arm64: 'arm64' };

/** Asks the device. @throws ProblemError `backend` where nothing of ours can run on it @throws ConnectionLost */
async function factsOf(host: SshHost): Promise<DeviceFacts> {
  const lines = (await host.read(sh(PROBE))).split('\n').map((l) => l.split(/=(.*)/s));
  const told = (key: string): string | undefined => lines.find(([k]) => k === key)?.[1]?.trim();
  const arch = ARCHES[told('arch') ?? ''];
  if (told('os') !== 'Linux' || !arch)
    return fail(
      'backend',
      `${host.name} is ${told('os')} on ${told('arch')}`,
      'stages run on Linux on x86-64 and arm64',
    );
  if (told('libc'))
    return fail('backend', `${host.name} has musl, and Node and ONNX Runtime need glibc`, 'use a system with glibc');
  const [major = 0, minor = 0] = (told('version') ?? '').split('.').map(Number);
  const recent = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  const node = told('node');
  return {
    arch,
    home: told('home') ?? fail('run', `${host.name} tells no home folder`),
    ...(node && recent ? { node } : {}),
    parts: new Set(lines.flatMap(([k, v]) => (k === 'part' && v ? [v.trim()] : []))),
  };
}

/** A device that has what it needs. */
export class Device {
  readonly host: SshHost;
  readonly home: string;
  /** This program there, as words of a shell. */
  readonly program: string;

  private constructor(host: SshHost, home: string, program: string) {
    this.host = host;
    this.home = home;
    this.program = program;
  }

  /**
   * Gives the device what it lacks: this program and, where there is none, Node. No rights beyond the user's are needed.
   * @param say told of what takes time
   * @throws ProblemError `backend`, `file`, `run` @throws ConnectionLost
   */
  static async equip(host: SshHost, say: (text: string) => void): Promise<Device> {
    const facts = await factsOf(host);
    const parts = `${facts.home}/${BASE}/parts`;
    const give = async (part: DevicePart): Promise<string> => {
      if (!facts.parts.has(part.name)) {
        say(`${host.name} is given ${part.about}`);
        await push(host, part, parts);
      }
      return `${parts}/${part.name}`;
    };
    const node = facts.node ?? `${await give(await nodePart(facts.arch))}/bin/node`;
    const program = await give(await programPart(facts.arch));
    return new Device(host, facts.home, `${shellWord(node)} ${shellWord(`${program}/dist/cli/main.js`)}`);
  }

  /** Where a run of that name lies there. */
  runFolder(id: string): string {
    return `${this.home}/${BASE}/runs/${id}`;
  }

  /** Copies a run there. @throws ProblemError `run` where there is one of that name that goes on */
  async push(local: string, folder: string): Promise<void> {
    const { tar, done } = tarOfFolder(local, ['./stages/orchestrator.json', './remote.json']);
    const script = `set -e; if [ -e ${shellWord(`${folder}/.device/pid`)} ] && kill -0 "$(cat ${shellWord(`${folder}/.device/pid`)})" 2>/dev/null; then echo "a run of this name goes on there" >&2; exit 1; fi
rm -rf ${shellWord(folder)}; mkdir -p ${shellWord(`${folder}/.device`)}; tar -xf - -C ${shellWord(folder)}`;
    await Promise.all([this.host.read(sh(script), { input: tar }), done]);
  }

  /** Starts the run, so that it goes on without this connection. @param options of `infersight run` */
  async start(folder: string, options: readonly string[]): Promise<void> {
    const command = `${this.program} run --resume ${shellWord(folder)} --reporter plain ${options.join(' ')}`;
    await this.host.read(
      sh(`cd ${shellWord(folder)} || exit 1
s=$(command -v setsid || true)
trap '' HUP
$s ${command} > .device/log 2>&1 < /dev/null &
p=$!
echo $p > .device/pid
for i in 1 2 3 4 5; do
  sleep 1
  [ -e stages/orchestrator.json ] && exit 0
  kill -0 $p 2>/dev/null || break
done
[ -e stages/orchestrator.json ] && exit 0
kill -0 $p 2>/dev/null && exit 0
cat .device/log >&2; echo "it did not begin there" >&2; exit 1`),
    );
  }
}

/** A command in a POSIX shell on a host. */
export const shellCommand = sh;

/** In one piece or not at all: it is checked by its hash before it is unpacked. */
async function push(host: SshHost, part: DevicePart, parts: string): Promise<void> {
  const work = `${parts}/.${part.name}.${Date.now()}`;
  const { tar, done } = part.pack();
  const hash = createHash('sha256');
  const input = new PassThrough();
  tar.on('data', (bytes: Uint8Array) => hash.update(bytes));
  tar.pipe(input);
  const store = `set -e; mkdir -p ${shellWord(work)}; cat > ${shellWord(`${work}.tar`)}; sha256sum < ${shellWord(`${work}.tar`)}`;
  const [there] = await Promise.all([host.read(sh(store), { input }), done]);
  const here = hash.digest('hex');
  if (there.trim().split(/\s/)[0] !== here)
    return fail('run', `${part.about} did not arrive whole on ${host.name}`, 'is its disk full?');
  const final = shellWord(`${parts}/${part.name}`);
  await host.read(
    sh(
      `set -e; tar -xf ${shellWord(`${work}.tar`)} -C ${shellWord(work)}; rm ${shellWord(`${work}.tar`)}; touch ${shellWord(`${work}/.complete`)}; rm -rf ${final}; mv ${shellWord(work)} ${final}`,
    ),
  );
}
