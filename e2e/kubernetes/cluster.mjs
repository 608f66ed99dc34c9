// A real one-node Kubernetes on this machine: etcd, API server, controllers, scheduler, containerd, kubelet; no docker, no
// internet. INFERSIGHT_E2E_KUBECONFIG names another cluster instead, whose node has the image.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeImage, makePause } from './image.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
/** Kept between runs: the programs take minutes to build. */
export const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'infersight-e2e');
const NODE = 'edge-node-0';
const NODE_IP = '10.88.78.1';
export const IMAGE = process.env.INFERSIGHT_E2E_IMAGE ?? 'localhost/infersight:e2e';

const sh = (command, options = {}) =>
  execFileSync('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', ...options });

const freePort = async () => {
  // Five in a row are used.
  for (;;) {
    const port = 20000 + Math.floor(Math.random() * 30000);
    const free = await Promise.all(
      [0, 1, 2, 3, 4].map(
        (i) =>
          new Promise((resolve) => {
            const server = createServer()
              .once('error', () => resolve(false))
              .listen(port + i, '127.0.0.1', () => server.close(() => resolve(true)));
          }),
      ),
    );
    if (free.every(Boolean)) return port;
  }
};

export async function startCluster() {
  const given = process.env.INFERSIGHT_E2E_KUBECONFIG;
  if (given) {
    const kubectl = (...args) =>
      execFileSync('kubectl', args, { encoding: 'utf8', env: { ...process.env, KUBECONFIG: given } });
    const node = kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}');
    return { kubeconfig: given, kubectl, node, data: '/var/lib/infersight-e2e', stop() {} };
  }
  const bin = join(CACHE, 'kubernetes');
  sh(`sh ${join(HERE, 'build.sh')} ${bin}`, { stdio: ['ignore', 'inherit', 'inherit'] });
  const W = mkdtempSync(join(tmpdir(), 'infersight-cluster-'));
  const port = await freePort();
  const kubeconfig = writeFiles(W, port);
  makePause(join(W, 'pause.tar'), 'localhost/pause:1');
  await makeImage(join(W, 'image.tar'), IMAGE);
  const inside = spawn(
    'unshare',
    [
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'bash',
      join(HERE, 'inside.sh'),
      join(W, 'pause.tar'),
      join(W, 'image.tar'),
    ],
    { env: { ...process.env, W, B: bin, PORT: String(port), NODE, NODE_IP }, stdio: 'ignore' },
  );
  for (let i = 0; i < 600 && !existsSync(join(W, 'ready')); i++) {
    if (inside.exitCode !== null) throw new Error(`the cluster ended: ${W}/logs`);
    await sleep(200);
  }
  if (!existsSync(join(W, 'ready'))) throw new Error(`the cluster is not ready after 2 minutes: ${W}/logs`);
  const kubectl = (...args) =>
    execFileSync(join(bin, 'kubectl'), args, { encoding: 'utf8', env: { ...process.env, KUBECONFIG: kubeconfig } });
  return {
    kubeconfig,
    kubectl,
    /** Of kubectl. */
    bin,
    node: NODE,
    data: join(W, 'data'),
    /** It comes back after three seconds. */
    killApiServer: () => sh(`pkill -9 -f '[k]ube-apiserver --etcd-servers=http://127.0.0.1:${port + 1}'`),
    async stop() {
      inside.kill('SIGTERM');
      sh(`pkill -TERM -P ${inside.pid} || true`);
      for (let i = 0; i < 50 && inside.exitCode === null && inside.signalCode === null; i++) await sleep(100);
      inside.kill('SIGKILL');
      sh(`ip addr del ${NODE_IP}/32 dev lo 2>/dev/null || true; sysctl -qp ${W}/sysctl.before 2>/dev/null || true`);
      for (let i = 0; i < 5; i++) {
        sh(
          `find /sys/fs/cgroup -depth -type d \\( -path '*k8s.io*' -o -path '*kubepods*' \\) -exec rmdir {} + 2>/dev/null || true`,
        );
        await sleep(200);
      }
      rmSync(W, { recursive: true, force: true });
    },
  };
}

/** Keys and settings of all parts. @returns the kubeconfig */
function writeFiles(W, port) {
  for (const name of ['pki', 'logs', 'etcd', 'cni', 'ctrd', 'data']) mkdirSync(join(W, name));
  const before = sh(
    'sysctl vm.overcommit_memory kernel.panic kernel.panic_on_oops net.ipv4.ip_forward 2>/dev/null || true',
  ).replaceAll(' ', '');
  writeFileSync(join(W, 'sysctl.before'), before);
  const token = randomBytes(16).toString('hex');
  sh(
    `cd ${W}/pki && openssl genrsa -out accounts.key 2048 && openssl rsa -in accounts.key -pubout -out accounts.pub && openssl req -x509 -newkey rsa:2048 -nodes -keyout server.key -out server.crt -days 30 -subj /CN=kube-apiserver -addext 'subjectAltName=DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.99.0.1'`,
  );
  writeFileSync(join(W, 'pki/tokens.csv'), `${token},admin,admin,system:masters\n`);
  const kubeconfig = join(W, 'kubeconfig');
  const authority = readFileSync(join(W, 'pki/server.crt')).toString('base64');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 't', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': authority } },
      ],
      users: [{ name: 'admin', user: { token } }],
      contexts: [{ name: 't', context: { cluster: 't', user: 'admin' } }],
      'current-context': 't',
    }),
  );
  writeFileSync(join(W, 'containerd.toml'), containerd(W));
  writeFileSync(join(W, 'cni/10-edge.conflist'), JSON.stringify(network(W)));
  writeFileSync(join(W, 'kubelet.yaml'), JSON.stringify(kubelet(W)));
  return kubeconfig;
}

const containerd = (W) => `version = 2
root = "${W}/ctrd/root"
state = "${W}/ctrd/state"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs","io.containerd.snapshotter.v1.aufs","io.containerd.snapshotter.v1.zfs","io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "${W}/ctrd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  disable_tcp_service = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${W}/cni"
`;

const network = (W) => ({
  cniVersion: '0.4.0',
  name: 'edge',
  plugins: [
    {
      type: 'ptp',
      ipMasq: false,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: '10.88.77.0/24' }]],
        routes: [{ dst: '0.0.0.0/0' }],
        dataDir: `${W}/ipam`,
      },
    },
  ],
});

const kubelet = (W) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: 'AlwaysAllow' },
  address: NODE_IP,
  containerRuntimeEndpoint: `unix://${W}/ctrd/containerd.sock`,
  cgroupDriver: 'cgroupfs',
  failCgroupV1: false,
  failSwapOn: false,
  oomScoreAdj: 0,
  enforceNodeAllocatable: [],
  healthzPort: 0,
  makeIPTablesUtilChains: false,
  maxOpenFiles: 20000,
  registerNode: true,
  imageGCHighThresholdPercent: 100,
  evictionHard: { 'memory.available': '100Mi' },
  podLogsDir: `${W}/podlogs`,
});
