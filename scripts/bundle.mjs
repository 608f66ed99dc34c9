// Bundles the pages of src/ui into dist/ui: one script and one style each, to be put inside an HTML file; and three
// libraries of many files each into one file, as most of the time to load them was that of finding files.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const PAGES = ['explorer', 'report', 'view'];

for (const page of PAGES) {
  await build({
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
}

for (const [folder, name] of [
  ['charts', 'vega'],
  ['base', 'zod'],
  ['base', 'yaml'],
]) {
  await build({
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
}
