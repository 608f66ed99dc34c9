// A real sshd on loopback, with a user of its own in a root that holds little more than a shell: no Node, no package
// manager, no home of anybody else. Stands for a device.
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';

import { join } from 'node:path';

const LIBRARIES = [
  'libc.so.6',
  'libm.so.6',
  'libdl.so.2',
  'libpthread.so.0',
  'librt.so.1',
  'libgcc_s.so.1',
  'libstdc++.so.6',
  'libatomic.so.1',
  'libutil.so.1',
];
const TOOLS = [
  'sh',
  'ls',
  'cat',
  'tar',
  'mkdir',
  'rm',
  'mv',
  'touch',
  'uname',
  'grep',
  'nohup',
  'setsid',
  'sha256sum',
  'kill',
  'true',
  'sleep',
  'env',
];
const USER = 'infersight-device';

const sh = (command) => execFileSync('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] }).toString();

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** A root with a shell, the libraries that Node needs, and a home. */
function makeRoot(folder) {
  const root = join(folder, 'root');
  for (const name of [
    'bin',
    'lib/x86_64-linux-gnu',
    'lib64',
    'tmp',
    'dev/shm',
    'proc',
    'sys',
    'etc',
    `home/${USER}`,
    'run/lock',
  ])
    mkdirSync(join(root, name), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  chmodSync(join(root, 'run/lock'), 0o1777);
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  for (const tool of TOOLS) symlinkSync('busybox', join(root, 'bin', tool));
  for (const name of LIBRARIES) {
    const found = ['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu'].map((d) => join(d, name)).find(existsSync);
    if (found) cpSync(found, join(root, 'lib/x86_64-linux-gnu', name), { dereference: true });
  }
  cpSync('/lib64/ld-linux-x86-64.so.2', join(root, 'lib64/ld-linux-x86-64.so.2'), { dereference: true });
  sh(`id ${USER} >/dev/null 2>&1 || useradd --no-create-home --home-dir /home/${USER} --shell /bin/sh ${USER}`);
  sh(`usermod -p '*' ${USER}`);
  const uid = Number(sh(`id -u ${USER}`));
  chownSync(join(root, `home/${USER}`), uid, uid);
  writeFileSync(join(root, 'etc/passwd'), `${USER}:x:${uid}:${uid}::/home/${USER}:/bin/sh\n`);
  return root;
}

/** Needs root, openssh-server and busybox-static. */
export async function startDevice() {
  const folder = mkdtempSync('/var/lib/infersight-device-');
  chmodSync(folder, 0o755);
  const root = makeRoot(folder);
  sh(`ssh-keygen -q -t ed25519 -N '' -f ${folder}/host && ssh-keygen -q -t ed25519 -N '' -f ${folder}/key`);
  mkdirSync(join(folder, 'keys'));
  copyFileSync(join(folder, 'key.pub'), join(folder, 'keys', USER));
  chmodSync(join(folder, 'keys', USER), 0o644);
  mkdirSync('/run/sshd', { recursive: true });
  const port = await freePort();
  writeFileSync(
    join(folder, 'sshd_config'),
    `Port ${port}\nListenAddress 127.0.0.1\nHostKey ${folder}/host\nPidFile ${folder}/pid\nAuthorizedKeysFile ${folder}/keys/%u\nStrictModes no\nPasswordAuthentication no\nUsePAM no\nChrootDirectory ${root}\nAllowUsers ${USER}\n`,
  );
  const config = join(folder, 'ssh_config');
  writeFileSync(
    config,
    `Host robot robot-2\n  HostName 127.0.0.1\n  Port ${port}\n  User ${USER}\n  IdentityFile ${folder}/key\n  IdentitiesOnly yes\n  StrictHostKeyChecking no\n  UserKnownHostsFile ${folder}/known\n  LogLevel ERROR\n`,
  );
  let daemon;
  // What is mounted is seen by this sshd and what it starts alone, and is gone with them: nothing is left to unmount.
  const mounts = ['proc', 'sys', 'dev'].map((at) => `mount --rbind /${at} ${join(root, at)}`).join(' && ');
  const up = () => {
    daemon = spawn(
      'unshare',
      ['--mount', 'sh', '-c', `${mounts} && exec /usr/sbin/sshd -D -e -f ${join(folder, 'sshd_config')}`],
      { stdio: 'ignore' },
    );
  };
  up();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const sessions = () =>
    sh(`pgrep -u root -f 'sshd: ${USER}' || true; pgrep -u ${USER} -x sshd || true`).split('\n').filter(Boolean);
  return {
    root,
    home: join(root, `home/${USER}`),
    /** For INFERSIGHT_SSH. */
    ssh: `ssh -F ${config}`,
    /** Cuts every connection, and refuses others until `up`. */
    cut() {
      daemon.kill('SIGKILL');
      for (const pid of sessions()) sh(`kill -9 ${pid} || true`);
    },
    up,
    stop() {
      daemon.kill('SIGKILL');
      sh(`pkill -9 -u ${USER} || true; sleep 0.3`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
