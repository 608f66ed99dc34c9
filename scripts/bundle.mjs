// Bundles the pages of src/ui into dist/ui: one script and one style each, to be put inside an HTML file; and three
// libraries of many files each into one file, as most of the time to load them was that of finding files.
// The licences of all that lies in them are collected in dist/THIRD-PARTY-LICENSES.txt.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const PAGES = ['explorer', 'report', 'view'];

const bundled = new Set();

for (const page of PAGES) {
  const result = await build({
    configFile: false,
    root,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: join(root, 'dist/ui'),
      emptyOutDir: false,
      target: 'es2022',
      lib: {
        entry: join(root, `src/ui/${page}/main.tsx`),
        formats: ['iife'],
        name: `infersight_${page}`,
        fileName: () => `${page}.js`,
        cssFileName: page,
      },
    },
  });
  note(result);
}

for (const [folder, name] of [
  ['charts', 'vega'],
  ['base', 'zod'],
  ['base', 'yaml'],
]) {
  const result = await build({
    configFile: false,
    root,
    logLevel: 'warn',
    ssr: { noExternal: true },
    build: {
      ssr: join(root, `src/${folder}/${name}.ts`),
      outDir: join(root, 'dist', folder),
      emptyOutDir: false,
      minify: true,
      rolldownOptions: { output: { entryFileNames: `${name}.js`, codeSplitting: false } },
    },
  });
  note(result);
}

/** The packages whose files a build has put into its own. */
function note(result) {
  for (const { output } of [result].flat())
    for (const { modules = {} } of output)
      for (const id of Object.keys(modules)) {
        const [, folder] = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id) ?? [];
        if (folder) bundled.add(folder);
      }
}

const texts = [...bundled].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `Licence: ${license}`;
  return `${name} ${version}\n\n${text}\n`;
});
writeFileSync(join(root, 'dist/THIRD-PARTY-LICENSES.txt'), texts.join(`\n${'-'.repeat(80)}\n\n`));
