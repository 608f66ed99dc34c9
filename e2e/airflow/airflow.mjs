// A real Airflow out of PyPI, locked, with SQLite, in a folder of its own.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE, IMAGE } from '../kubernetes/cluster.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));

/** @param version of a lock file beside this @param home of its database */
export function installAirflow(version, home, dags, kubeconfig) {
  const base = join(CACHE, 'airflow');
  const uv = join(base, 'uv/bin/uv');
  const folder = join(base, version);
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
  mkdirSync(base, { recursive: true });
  if (!existsSync(uv)) {
    execFileSync('python3', ['-m', 'venv', join(base, 'uv')], quiet);
    execFileSync(join(base, 'uv/bin/pip'), ['install', '-q', 'uv'], quiet);
  }
  if (!existsSync(join(folder, 'bin/airflow'))) {
    execFileSync(uv, ['venv', '-q', '--clear', '--python', 'python3', folder], quiet);
    const lock = join(HERE, `airflow-${version}.lock.txt`);
    execFileSync(uv, ['pip', 'install', '-q', '--python', join(folder, 'bin/python'), '-r', lock], quiet);
  }
  const env = {
    ...process.env,
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    KUBECONFIG: kubeconfig,
    AIRFLOW_HOME: home,
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__CORE__DAGS_FOLDER: dags,
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: 'False',
    SCARF_ANALYTICS: 'false',
    AIRFLOW_CONN_KUBERNETES_DEFAULT: JSON.stringify({
      conn_type: 'kubernetes',
      extra: { namespace: 'default', xcom_sidecar_container_image: IMAGE },
    }),
  };
  const airflow = (...args) => {
    try {
      return {
        code: 0,
        text: execFileSync('airflow', args, {
          env,
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
          maxBuffer: 1e8,
        }),
      };
    } catch (error) {
      return { code: error.status ?? 1, text: `${error.stdout}${error.stderr}` };
    }
  };
  airflow('db', 'migrate');
  return { airflow, python: join(folder, 'bin/python'), env };
}
