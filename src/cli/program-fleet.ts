/** Commands over clusters, and over runs against each other. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { collect, example, type Finish, reporter, setOption } from './program-parts.js';

/** Commands over fleets. */
export function addCluster(program: CommandUnknownOpts, finish: Finish): void {
  const kubernetes = program.command('kubernetes').description('run a pipeline on the devices of a cluster');
  kubernetes
    .command('run')
    .description('a Job for each stage on each device of the fleet; goes on with a run of the same name')
    .argument('[pipeline]', 'pipeline file', 'pipeline.yaml')
    .requiredOption('--fleet <file>', 'devices and image')
    .option('--name <name>', 'name of the run, instead of <pipeline>-<time>')
    .option('--device <id>', 'only this device of the fleet; several times for several', collect, [] as string[])
    .option('--solo', 'record every task alone as well')
    .addOption(setOption())
    .option('--runs <dir>', 'folder here that the results are fetched into', 'runs')
    .option('--no-fetch', 'leave the results on the volumes of the devices')
    .option('--kubeconfig <file>', 'instead of $KUBECONFIG or ~/.kube/config')
    .option('--context <name>', 'context of the kubeconfig')
    .addOption(reporter())
    .option('--quiet', 'print problems only')
    .addHelpText('after', example('infersight kubernetes run robot.yaml --fleet fleet.yaml'))
    .action(async (file, options) =>
      finish(await (await import('./commands/kubernetes.js')).runOnFleet(file, options)),
    );
  kubernetes
    .command('render')
    .description('print the objects that run would make, as YAML')
    .argument('[pipeline]', 'pipeline file', 'pipeline.yaml')
    .requiredOption('--fleet <file>', 'devices and image')
    .option('--name <name>', 'name of the run, instead of <pipeline>-<time>')
    .option('--device <id>', 'only this device of the fleet; several times for several', collect, [] as string[])
    .option('--solo', 'record every task alone as well')
    .addOption(setOption())
    .addHelpText('after', example('infersight kubernetes render --fleet fleet.yaml --name friday | kubectl apply -f -'))
    .action(async (file, options) => finish(await (await import('./commands/kubernetes.js')).render(file, options)));
  const airflow = program.command('airflow').description('the stages of a pipeline on a fleet as an Airflow DAG');
  airflow
    .command('render')
    .description(
      'write a DAG for Airflow 2.11 and 3.x: a static Python file, what varies beside it, pools, the pipeline file',
    )
    .argument('[pipeline]', 'pipeline file', 'pipeline.yaml')
    .requiredOption('--fleet <file>', 'devices and image')
    .requiredOption('--out <dir>', 'folder of the DAG')
    .option('--dag <id>', 'name of the DAG, instead of infersight_<pipeline>')
    .option('--schedule <when>', 'cron or preset; without it the DAG is started by hand')
    .option('--connection <id>', 'connection of Airflow to the cluster', 'kubernetes_default')
    .option('--deferrable', 'let tasks wait without a worker; Airflow has lost pods that way (see docs/fleet.md)')
    .option('--xcom', 'return the summary of each device')
    .option('--device <id>', 'only this device of the fleet; several times for several', collect, [] as string[])
    .option('--solo', 'record every task alone as well')
    .addOption(setOption())
    .addHelpText('after', example('infersight airflow render robot.yaml --fleet fleet.yaml --out dags'))
    .action(async (file, options) => finish(await (await import('./commands/airflow.js')).render(file, options)));
  airflow
    .command('check')
    .description('parse the DAG with the Airflow that is there')
    .argument('<dir>', 'folder of the DAG')
    .option('--python <program>', 'Python that has Airflow', 'python3')
    .addHelpText('after', example('infersight airflow check dags --python ~/airflow/bin/python'))
    .action(async (folder, options) => finish(await (await import('./commands/airflow.js')).check(folder, options)));
}

/** Runs against each other. */
export function addCompared(program: CommandUnknownOpts, finish: Finish): void {
  program
    .command('compare')
    .description('runs against the first of them: what differs more than chance explains, and what else is different')
    .argument('<run...>', 'run directories; the first is the base, unless --baseline names one')
    .option('--baseline <name>', 'base, as infersight baseline set has named it')
    .option(
      '--fail-if <rule>',
      'exit 5 when it is so beyond chance, 6 when too few jobs tell: "p99 > +10 %", "p50 > +2 ms", "missed > +1 point", "detector p99 > +10 %"; several times for several',
      collect,
      [] as string[],
    )
    .option('--runs <dir>', 'folder that holds the runs', 'runs')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      example(
        'infersight compare runs/monday runs/friday',
        "infersight compare runs/friday --baseline release --fail-if 'p99 > +10 %'",
      ),
    )
    .action(async (folders, options) =>
      finish(await (await import('./commands/compare.js')).compare(folders, options)),
    );
  const baseline = program.command('baseline').description('names for runs that others are compared with');
  baseline
    .command('set')
    .description('give a run a name')
    .argument('<name>', 'such as release')
    .argument('<run>', 'run directory')
    .addHelpText('after', example('infersight baseline set release runs/friday'))
    .action(async (name, folder) => finish(await (await import('./commands/compare.js')).setBaseline(name, folder)));
  baseline
    .command('list')
    .description('print them')
    .option('--runs <dir>', 'folder that holds the runs', 'runs')
    .addHelpText('after', example('infersight baseline list'))
    .action(async ({ runs }) => finish(await (await import('./commands/compare.js')).listBaselines(runs)));
}
