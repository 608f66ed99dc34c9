/** The explorer page: the bundle of src/ui, with the data inside. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { ExplorerPage } from '../formats/report/explorer-page.js';
import { pageHtml } from '../report/page.js';

/** A script or style that was bundled from src/ui. */
export const bundle = (name: string): string => readFileSync(new URL(`../ui/${name}`, import.meta.url), 'utf8');

/** The page with its data inside. */
export function explorerHtml(page: ExplorerPage): string {
  return pageHtml({
    title: `${page.engines.map((e) => e.report.name).join(' and ')} · infersight explore`,
    script: bundle('explorer.js'),
    style: bundle('explorer.css'),
    data: gzipSync(JSON.stringify(page), { level: 9 }).toString('base64'),
  });
}
