/** A pipeline on a fleet as an Airflow DAG. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail } from '../../base/problem.js';
import { stringify } from '../../base/yaml.js';
import { dagDocument, poolsDocument } from '../../fleet/dag.js';
import { pipelineConfigMap } from '../../fleet/jobs.js';
import { outputOf } from '../../machine/child.js';
import { writeAtomic } from '../../machine/files.js';
import type { ExitCode } from '../exit.js';
import { type FleetOptions, readFleetRun } from '../read-fleet.js';

const ASSETS = join(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))), 'assets');

/** Options of `infersight airflow render`. */
export interface DagCommandOptions extends FleetOptions {
  readonly out: string;
  readonly dag?: string;
  readonly schedule?: string;
  readonly connection: string;
  readonly deferrable?: true;
  readonly xcom?: true;
}

/** Writes the DAG and what it needs. */
export async function render(file: string, options: DagCommandOptions): Promise<ExitCode> {
  const named = readFleetRun(file, options);
  const pipeline = named.name.replace(/-\d{8}T\d{6}Z$/, '');
  const run = { ...named, name: options.dag ?? pipeline };
  const id = options.dag ?? `infersight_${pipeline.replace(/[^A-Za-z0-9_.-]/g, '_')}`;
  if (!/^[A-Za-z0-9_.-]+$/.test(id))
    fail('usage', `"${id}" cannot be the name of a DAG`, 'use letters, digits, "_", "-" and "."');
  const document = dagDocument(run, {
    id,
    connection: options.connection,
    deferrable: options.deferrable ?? false,
    xcom: options.xcom ?? false,
    ...(options.schedule === undefined ? {} : { schedule: options.schedule }),
  });
  mkdirSync(options.out, { recursive: true });
  const files: Readonly<Record<string, string>> = {
    [`${id}.py`]: readFileSync(join(ASSETS, 'airflow-dag.py'), 'utf8'),
    [`${id}.json`]: `${JSON.stringify(document, null, 1)}\n`,
    'pools.json': `${JSON.stringify(poolsDocument(run), null, 1)}\n`,
    [`${id}.pipeline.yaml`]: stringify(pipelineConfigMap(run), { blockQuote: 'literal' }),
  };
  for (const [name, text] of Object.entries(files)) await writeAtomic(join(options.out, name), text);
  process.stdout.write(
    `${Object.keys(files)
      .map((name) => join(options.out, name))
      .join(
        '\n',
      )}\n\nonce: kubectl apply -f ${join(options.out, `${id}.pipeline.yaml`)} && airflow pools import ${join(options.out, 'pools.json')}\n`,
  );
  return 0;
}

/** Both places of DagBag; what could not be imported, and the tasks of each DAG. */
const CHECK = `
import json, sys, warnings
warnings.simplefilter("ignore")
try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:
    from airflow.models import DagBag
import airflow
bag = DagBag(dag_folder=sys.argv[1])
print("INFERSIGHT " + json.dumps({
    "version": airflow.__version__,
    "errors": {str(k): str(v) for k, v in bag.import_errors.items()},
    "dags": {d.dag_id: sorted(d.task_ids) for d in bag.dags.values()},
}))
`;

interface Checked {
  readonly version: string;
  readonly errors: Readonly<Record<string, string>>;
  readonly dags: Readonly<Record<string, readonly string[]>>;
}

/** Says what Airflow makes of it. */
export async function check(folder: string, { python }: { python: string }): Promise<ExitCode> {
  const path = resolve(folder);
  if (!readdirSync(path).some((name) => name.endsWith('.py')))
    fail('file', `${path} has no DAG`, 'infersight airflow render writes one');
  const { code, text } = await outputOf(python, ['-c', CHECK, path], {
    ...process.env,
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__CORE__DAGS_FOLDER: path,
  });
  const line = text.split('\n').find((l) => l.startsWith('INFERSIGHT '));
  if (!line)
    return fail(
      'usage',
      `${python} has no Airflow that can read it (exit ${code}): ${text.trim().split('\n').at(-1)}`,
      'name the Python of your Airflow with --python',
    );
  const { version, errors, dags } = JSON.parse(line.slice('INFERSIGHT '.length)) as Checked;
  const wrong = Object.entries(errors);
  process.stdout.write(`Airflow ${version}\n`);
  for (const [id, tasks] of Object.entries(dags))
    process.stdout.write(`${id}: ${tasks.length} tasks\n${tasks.map((t) => `  ${t}\n`).join('')}`);
  if (wrong.length > 0)
    return fail('file', wrong.map(([file, error]) => `${file}: ${error.trim().split('\n').at(-1)}`).join('; '));
  return 0;
}
