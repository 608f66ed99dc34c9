/** The table of the commands that look at what was not measured. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { collect, example, type Finish, natural, percent, reporter, setOption } from './program-parts.js';

/** What a device is, in pairs of tasks. */
export function addCalibrate(program: CommandUnknownOpts, finish: Finish): void {
  program
    .command('calibrate')
    .description(
      'a run with every task alone and every two together as well: what advice is predicted from, and how well that predicts',
    )
    .argument('[pipeline]', 'pipeline file', 'pipeline.yaml')
    .option('--runs <dir>', 'folder that holds the runs', 'runs')
    .option('--id <name>', 'name of the run, instead of <pipeline>-<time>')
    .option('--resume <run>', 'go on with a run from its first unfinished stage')
    .option('--plan', 'print the stages and stop')
    .option('--simulate', 'on a virtual clock, without a device: synthetic models')
    .addOption(setOption())
    .option('--on <host>', 'on another machine, by ssh; several times for several', collect, [] as string[])
    .option('--cache <dir>', 'folder of the engine cache')
    .option('--force', 'do not wait for another measurement on this device')
    .addOption(reporter())
    .option('--quiet', 'print problems only')
    .option('--json', 'print the report as JSON at the end (with --plan, the stages)')
    .addHelpText('after', example('infersight calibrate', 'infersight calibrate --resume runs/friday'))
    .action(async (file, options) => finish(await (await import('./commands/calibrate.js')).calibrate(file, options)));
}

/** What would fit. */
export function addAdvise(program: CommandUnknownOpts, finish: Finish): void {
  program
    .command('advise')
    .description('how much room there is, what is in the way, and the cheapest changes with which everything fits')
    .argument('<run-or-pipeline>', 'a run of infersight calibrate, or a pipeline file, which is calibrated first')
    .option('--pipeline <file>', 'another pipeline file of the same tasks, predicted from the run')
    .addOption(setOption())
    .option(
      '--confirm <n>',
      'measure the first n changes on this device, and print predictions beside measurements',
      natural,
    )
    .option('--apply <file>', 'write the pipeline file with the first change; its comments stay')
    .option('--runs <dir>', 'folder that holds the runs', 'runs')
    .option('--cache <dir>', 'folder of the engine cache')
    .option('--force', 'do not wait for another measurement on this device')
    .addOption(reporter())
    .option('--quiet', 'print problems only, beside the advice')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      example(
        'infersight advise pipeline.yaml',
        "infersight advise runs/friday --set 'detector.rate=20 Hz'",
        'infersight advise runs/friday --confirm 1 --apply fits.yaml',
      ),
    )
    .action(async (what, options) => finish(await (await import('./commands/advise.js')).advise(what, options)));
}

/** Runs that are not made. */
export function addSweep(program: CommandUnknownOpts, finish: Finish): void {
  program
    .command('sweep')
    .description(
      'values of a pipeline file over ranges, on a virtual clock or measured: at which its tasks keep their deadlines',
    )
    .argument('[pipeline]', 'pipeline file', 'pipeline.yaml')
    .option(
      '--set <path=values>',
      'detector.rate=10..60 Hz, detector.overrun=queue,latest, models.vad.build.service=1..9 ms; twice for a map of two',
      collect,
      [] as string[],
    )
    .option('--steps <n>', 'values of a range', natural, 11)
    .option(
      '--service-from <run>',
      'service times of an earlier run; of one of infersight calibrate, also what its tasks do to each other',
    )
    .option('--scenario <name>', 'only this scenario')
    .option('--missed <percent>', 'share of its releases that a task may miss', percent, 1)
    .option('--measure', 'on this device instead: a run for each point; the same command goes on after an interrupt')
    .option('--id <name>', 'with --measure: begin of the names of the runs')
    .option('--runs <dir>', 'with --measure: folder that holds the runs', 'runs')
    .option('--cache <dir>', 'with --measure: folder of the engine cache')
    .option('--force', 'with --measure: do not wait for another measurement on this device')
    .option('--picture <file>', 'draw it: lines over one value, a map of two; .png, .svg, or .html with every point')
    .option('--csv', 'print every task at every point')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      example(
        "infersight sweep --set 'detector.rate=10..60 Hz' --service-from runs/friday",
        "infersight sweep --set 'detector.rate=5..30 Hz' --set 'segmenter.rate=5..30 Hz' --picture map.png",
        "infersight sweep --set 'detector.threads=1,2,4' --measure",
      ),
    )
    .action(async (file, options) => finish(await (await import('./commands/sweep.js')).sweep(file, options)));
}
