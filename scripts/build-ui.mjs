// Bundles the pages of src/ui into dist/ui: one script and one style each, to be put inside an HTML file; and the chart library, whose
// 200 files take longer to load than a chart to draw, into dist/charts/vega.js.
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

await build({
  configFile: false,
  root,
  logLevel: 'warn',
  ssr: { noExternal: true },
  build: {
    ssr: join(root, 'src/charts/vega.ts'),
    outDir: join(root, 'dist/charts'),
    emptyOutDir: false,
    minify: true,
    rolldownOptions: { output: { entryFileNames: 'vega.js', codeSplitting: false } },
  },
});
