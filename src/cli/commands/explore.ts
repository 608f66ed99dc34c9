import { resolve } from 'node:path';
import { fail } from '../../base/problem.js';
import { printableAll } from '../../base/text.js';
import type { Colouring } from '../../charts/engine-colours.js';
import { compareEngines } from '../../explorer/match/compare.js';
import type { ExplorerPage } from '../../formats/report/explorer-page.js';
import { writeAtomic } from '../../machine/files.js';
import { enginePng, engineSvgOf } from '../../views/engine-pictures.js';
import { type Explored, exploreEngine } from '../../views/explore.js';
import { explorerHtml } from '../../views/explorer-page.js';
import type { ExitCode } from '../exit.js';
import { comparisonText, engineText } from '../explore-text.js';
import { parseShape } from '../shape-option.js';

/** Options of `infersight explore`. */
export interface ExploreOptions {
  readonly profile: readonly string[];
  readonly times: readonly string[];
  readonly log: readonly string[];
  readonly onnx: readonly string[];
  readonly shape: readonly string[];
  readonly optimizationProfile?: number;
  readonly html?: string;
  readonly svg?: string;
  readonly png?: string;
  readonly colorBy: Colouring;
  readonly top: number;
  readonly json?: true;
  readonly quiet?: true;
}

/** Under this the text of a node is not readable in a PNG. */
const READABLE = 0.8;

/** Prints, writes or compares what engines are made of. */
export async function explore(first: string, second: string | undefined, options: ExploreOptions): Promise<ExitCode> {
  if (second !== undefined && (options.svg ?? options.png) !== undefined)
    fail('usage', 'a picture holds the graph of one engine', 'draw two engines beside each other with --html');
  const [a, b] = second === undefined ? [one(first, options)] : two(first, second, options);
  const engines = b ? [a, b] : [a];
  const comparison = b && compareEngines(a.report, b.report);
  if (options.html !== undefined) {
    const page: ExplorerPage = { version: 1, engines, ...(comparison ? { comparison } : {}) };
    await write(options.html, explorerHtml(page), options);
  }
  if (options.svg !== undefined || options.png !== undefined) await pictures(a, options);
  if (options.json) process.stdout.write(`${JSON.stringify(comparison ?? a.report, null, 2)}\n`);
  else if (!options.quiet)
    process.stdout.write(
      `${comparison ? comparisonText(printableAll(comparison), options.top) : engineText(printableAll(a.report), options.top)}\n`,
    );
  return 0;
}

const shapesOf = (options: ExploreOptions): Record<string, number[]> =>
  Object.fromEntries(options.shape.map(parseShape));

function one(path: string, options: ExploreOptions): Explored {
  for (const name of ['profile', 'times', 'onnx'] as const)
    if (options[name].length > 1) fail('usage', `--${name} is given ${options[name].length} times for one engine`);
  return exploreEngine({
    path,
    ...(options.profile[0] ? { profile: options.profile[0] } : {}),
    ...(options.times[0] ? { times: options.times[0] } : {}),
    ...(options.onnx[0] ? { onnx: options.onnx[0] } : {}),
    logs: options.log,
    shapes: shapesOf(options),
    ...(options.optimizationProfile === undefined ? {} : { optimizationProfile: options.optimizationProfile }),
  });
}

/** The first --profile is that of the first engine, the second that of the second. */
function two(first: string, second: string, options: ExploreOptions): [Explored, Explored] {
  for (const name of ['profile', 'times', 'log', 'onnx'] as const)
    if (![0, 2].includes(options[name].length))
      fail(
        'usage',
        `--${name} is given ${options[name].length} times, expected once for each of the two engines`,
        'or name two folders, each with the files of one engine',
      );
  const names = namesApart(first, second);
  const explored = (path: string, name: string, i: number): Explored =>
    exploreEngine({
      path,
      name,
      ...(options.profile[i] ? { profile: options.profile[i] } : {}),
      ...(options.times[i] ? { times: options.times[i] } : {}),
      ...(options.onnx[i] ? { onnx: options.onnx[i] } : {}),
      logs: options.log.slice(i, i + 1),
      shapes: shapesOf(options),
      ...(options.optimizationProfile === undefined ? {} : { optimizationProfile: options.optimizationProfile }),
    });
  return [explored(first, names[0], 0), explored(second, names[1], 1)];
}

/**
 * `a/layers.json` and `b/layers.json` are a and b, `models/detector` and `engines/detector` keep both parts: the last parts
 * of the paths, from the last one that differs on.
 */
function namesApart(first: string, second: string): [string, string] {
  const [a, b] = [first, second].map((p) => resolve(p).split('/').filter(Boolean)) as [string[], string[]];
  const plain = (name: string): string => name.replace(/\.(json|onnx)$/, '');
  let tail = 1;
  const ends = (parts: readonly string[]): string[] => parts.slice(-tail).map(plain);
  while (ends(a).join('/') === ends(b).join('/') && tail < 8) tail++;
  const named = (parts: readonly string[]): string => {
    const all = ends(parts);
    return (all.length > 1 && parts.at(-1)?.endsWith('.json') ? all.slice(0, -1) : all).join('/');
  };
  return [named(a), named(b)];
}

async function pictures({ report }: Explored, options: ExploreOptions): Promise<void> {
  const svg = engineSvgOf(report, options.colorBy);
  if (options.svg !== undefined) await write(options.svg, svg, options);
  if (options.png === undefined) return;
  const { png, scale } = enginePng(svg);
  await write(options.png, png, options);
  if (scale < READABLE && !options.quiet)
    process.stderr.write(
      `the graph is too large for a readable PNG (drawn at ${(scale * 100).toFixed(0)} %); --svg and --html keep every detail\n`,
    );
}

async function write(path: string, content: string | Uint8Array, { quiet }: ExploreOptions): Promise<void> {
  await writeAtomic(path, content);
  if (!quiet) process.stderr.write(`wrote ${path}\n`);
}
