/** What a device needs to run stages: Node, and this program with what it depends on, for the device's architecture. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { fail } from '../base/problem.js';
import { z } from '../base/zod.js';
import { outputOf } from '../machine/child.js';
import { TOOL_VERSION } from '../machine/version.js';

/** Of devices. */
export type DeviceArch = 'x64' | 'arm64';

/** A folder that a device must have; equal names have equal contents. */
export interface DevicePart {
  readonly name: string;
  /** MB, for those who wait; undefined where it is not known before. */
  readonly about: string;
  /** Its files as a tar. The caller reads it to its end and waits for `done`. */
  pack(): { readonly tar: Readable; readonly done: Promise<void> };
}

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const packageSchema = z.object({ name: z.string(), version: z.string(), arch: z.string(), integrity: z.string() });
type PlatformPackage = z.infer<typeof packageSchema>;

/** Packages with programs for one architecture, with their hashes: Node itself, and what our packages load. */
const platformPackages = (): PlatformPackage[] =>
  z.array(packageSchema).parse(JSON.parse(readFileSync(join(ROOT, 'assets/device-packages.json'), 'utf8')));

/** Node out of its npm package. @throws ProblemError `file` where it cannot be had */
export async function nodePart(arch: DeviceArch): Promise<DevicePart> {
  const found = platformPackages().find((p) => p.name === `node-linux-${arch}`);
  if (!found) return fail('backend', `there is no Node for ${arch}`);
  const folder = await fetched(found);
  return {
    name: `node-${found.version}-${arch}`,
    about: `Node ${found.version}, about 50 MB`,
    pack: () => tarOf(folder, ['bin/node', 'LICENSE']),
  };
}

/** This program. @throws ProblemError `file` where a package for the architecture cannot be had */
export async function programPart(arch: DeviceArch): Promise<DevicePart> {
  const packages = dependenciesOf(ROOT).filter((folder) => folder !== ROOT && runsOn(folder, arch));
  const extra = await Promise.all(
    platformPackages()
      .filter((p) => p.arch === arch && !p.name.startsWith('node-linux') && !packages.some((f) => nameOf(f) === p.name))
      .map(async (p) => ({ place: join('node_modules', p.name), folder: await fetched(p) })),
  );
  const library = libraryFor(arch);
  const own = ['dist', 'assets', 'schema', 'package.json', 'LICENSE']
    .filter((name) => existsSync(join(ROOT, name)))
    .map((name) => ({ place: name, folder: join(ROOT, name) }));
  const modules = packages.map((folder) => ({ place: placeOf(folder), folder }));
  // A package inside another comes with it.
  const outer = modules.filter((m) => !modules.some((o) => o !== m && m.place.startsWith(`${o.place}/`)));
  const places = [
    ...own,
    ...outer,
    ...extra,
    ...(library ? [{ place: `vendor/onnxruntime/linux-${arch}/${basename(library)}`, folder: library }] : []),
  ];
  const hash = createHash('sha256');
  for (const { place, folder } of places)
    hash.update(place).update(place.startsWith('node_modules/') ? versionOf(folder) : contentsOf(folder));
  return {
    name: `infersight-${TOOL_VERSION}-${arch}-${hash.digest('hex').slice(0, 12)}`,
    about: `infersight ${TOOL_VERSION} with its libraries`,
    pack: () => tarOfPlaces(places),
  };
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly cpu?: readonly string[];
  readonly os?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
const nameOf = (folder: string): string => manifestOf(folder).name ?? basename(folder);
const versionOf = (folder: string): string => `${nameOf(folder)}@${manifestOf(folder).version}`;

/** Folders of a package and all that it depends on, as Node finds them. */
function dependenciesOf(root: string): string[] {
  const found = new Set<string>();
  const visit = (folder: string): void => {
    if (found.has(folder)) return;
    found.add(folder);
    const { dependencies = {}, optionalDependencies = {} } = manifestOf(folder);
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const place = resolved(folder, name);
      // A package for another platform is left out when it is installed.
      if (place) visit(place);
    }
  };
  visit(root);
  return [...found];
}

function resolved(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name);
    if (existsSync(join(place, 'package.json'))) return place;
    if (folder === dirname(folder)) return undefined;
  }
}

function runsOn(folder: string, arch: DeviceArch): boolean {
  const { cpu, os } = manifestOf(folder);
  return (!cpu || cpu.includes(arch)) && (!os || os.includes('linux') || os.some((o) => o.startsWith('!')));
}

/** Below the program's own folder, whether its packages lie in it or beside it. */
const placeOf = (folder: string): string =>
  `node_modules/${folder.split('/node_modules/').slice(1).join('/node_modules/')}`;

/** ONNX Runtime for the device: packed with this program, or in the package that a clone has it from. */
const libraryFor = (arch: DeviceArch): string | undefined =>
  [
    join(ROOT, `vendor/onnxruntime/linux-${arch}/libonnxruntime.so.1`),
    join(ROOT, `node_modules/onnxruntime-node/bin/napi-v6/linux/${arch}/libonnxruntime.so.1`),
  ].find((path) => existsSync(path));

/** Paths and contents of all that is below. */
function contentsOf(path: string): string {
  const hash = createHash('sha256');
  const visit = (at: string): void => {
    const entries = entriesOf(at);
    if (entries) for (const name of entries) visit(join(at, name));
    else if (!UNUSED.test(at)) hash.update(relative(path, at)).update(readFileSync(at));
  };
  visit(path);
  return hash.digest('hex');
}

function entriesOf(path: string): string[] | undefined {
  try {
    return readdirSync(path).sort();
  } catch {
    return undefined;
  }
}

/** Nothing that runs. */
const UNUSED = /\.test\.(js|d\.ts)$|\.tsbuildinfo$|\.d\.ts$|\.map$/;
const NOT_PACKED = ['*.test.js', '*.tsbuildinfo', '*.d.ts', '*.d.mts', '*.d.cts', '*.map'];

const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'infersight', 'device');

/** A package of the registry that npm is set up for, checked by its hash and kept. @throws ProblemError `file` */
async function fetched({ name, version, integrity }: PlatformPackage): Promise<string> {
  const kept = join(cacheFolder(), `${name.replace('/', '+')}-${version}`);
  if (existsSync(kept)) return kept;
  const work = mkdtempSync(join(tmpdir(), 'infersight-package-'));
  try {
    const packed = await outputOf('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', work]);
    const file = packed.code === 0 ? readdirSync(work).find((f) => f.endsWith('.tgz')) : undefined;
    if (!file)
      return fail(
        'file',
        `${name}@${version} cannot be had from the npm registry: ${packed.text.trim().split('\n').at(-1) || `npm ended with ${packed.code}`}`,
        'the device needs it once; go where the registry can be reached, or install Node and infersight on the device',
      );
    const hash = `sha512-${createHash('sha512')
      .update(readFileSync(join(work, file)))
      .digest('base64')}`;
    if (hash !== integrity)
      return fail('file', `${name}@${version} is not what it should be: its hash is ${hash}, not ${integrity}`);
    mkdirSync(join(work, 'out'));
    const unpacked = await outputOf('tar', ['-xzf', join(work, file), '-C', join(work, 'out'), '--strip-components=1']);
    if (unpacked.code !== 0) return fail('file', `${file} cannot be unpacked: ${unpacked.text}`);
    mkdirSync(dirname(kept), { recursive: true });
    move(join(work, 'out'), kept);
    return kept;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Also to another file system; whoever was first is right. */
function move(from: string, to: string): void {
  if (existsSync(to)) return;
  try {
    renameSync(from, to);
  } catch {
    const beside = `${to}.${process.pid}`;
    spawnSync('cp', ['-R', from, beside]);
    if (!existsSync(to)) renameSync(beside, to);
    else rmSync(beside, { recursive: true, force: true });
  }
}

function tarOf(
  folder: string,
  names: readonly string[],
  options: readonly string[] = [],
): ReturnType<DevicePart['pack']> {
  const child = spawn('tar', ['-C', folder, ...options, '-cf', '-', ...names], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // On a Mac tar would add files of its own.
    env: { ...process.env, COPYFILE_DISABLE: '1' },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const done = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`tar: ${said.trim()}`))));
  });
  return { tar: child.stdout, done };
}

/** Files of a folder as a tar. @param without as they are called in it */
export const tarOfFolder = (folder: string, without: readonly string[]): ReturnType<DevicePart['pack']> =>
  tarOf(
    folder,
    ['.'],
    without.map((name) => `--exclude=${name}`),
  );

function tarOfPlaces(places: readonly { place: string; folder: string }[]): ReturnType<DevicePart['pack']> {
  const work = mkdtempSync(join(tmpdir(), 'infersight-part-'));
  for (const { place, folder } of places) {
    mkdirSync(dirname(join(work, place)), { recursive: true });
    symlinkSync(folder, join(work, place));
  }
  const { tar, done } = tarOf(work, ['.'], ['-h', ...NOT_PACKED.map((p) => `--exclude=${p}`)]);
  return { tar, done: done.finally(() => rmSync(work, { recursive: true, force: true })) };
}
