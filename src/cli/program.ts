import { createRequire } from 'node:module';
import { Argument, Command, CommanderError, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { exitCodeOf } from './exit.js';
import { reportFailure } from './failure.js';
import { addAdvise, addCalibrate, addSweep } from './program-advice.js';
import { addCluster, addCompared } from './program-fleet.js';
import { collect, example, type Finish, natural, portNumber, reporter, setOption } from './program-parts.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** @param finish called with the exit code of the command that ran */
export function buildProgram(finish: Finish): CommandUnknownOpts {
  const program = new Command('infersight')
    .description('Will all my models keep up with my sensors, together, on this device, and if not, why?')
    .version(version)
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `${example('infersight init && infersight run', 'infersight doctor')}\n\nExit codes: 0 done, 1 bug, 2 usage or configuration, 3 build failed, 4 run failed,\n5 requirement failed, 6 inconclusive, 130 interrupted.`,
    );
  addRun(program, finish);
  addStage(program, finish);
  addFacts(program, finish);
  addStored(program, finish);
  addCompared(program, finish);
  addCalibrate(program, finish);
  addAdvise(program, finish);
  addSweep(program, finish);
  addCluster(program, finish);
  addWriters(program, finish);
  return program;
}

function addRun(program: CommandUnknownOpts, finish: Finish): void {
  program
    .command('run')
    .description('prepare, build, profile and report: everything')
    .argument('[pipeline]', 'pipeline file', 'pipeline.yaml')
    .option('--runs <dir>', 'folder that holds the runs', 'runs')
    .option('--id <name>', 'name of the run, instead of <pipeline>-<time>')
    .option(
      '--resume <run>',
      'go on with a run from its first unfinished stage, with its own copies of pipeline file and models',
    )
    .option('--plan', 'print the stages and stop')
    .option('--simulate', 'run on a virtual clock, without a device')
    .option('--solo', 'record every task alone as well, to tell what the tasks do to each other')
    .addOption(setOption())
    .option('--service-from <run>', 'take service times for --simulate from an earlier run')
    .option('--cache <dir>', 'folder of the engine cache')
    .option('--force', 'do not wait for another measurement on this device')
    .option(
      '--on <host>',
      'measure on another machine, by ssh: a host, or the name of a target of the file; several times for several, "all" for all targets',
      collect,
      [] as string[],
    )
    .addOption(reporter())
    .option('--quiet', 'print problems only')
    .option('--json', 'print the report as JSON at the end (with --plan, the stages)')
    .addHelpText(
      'after',
      example(
        'infersight run',
        'infersight run robot.yaml --id friday',
        'infersight run --simulate --service-from runs/friday',
        'infersight run --resume runs/friday',
        'infersight run --on nvidia@robot-7',
        "infersight run --set 'detector.rate=20 Hz'",
      ),
    )
    .action(async (file, options) => finish(await (await import('./commands/run.js')).run(file, options)));
}

function addStage(program: CommandUnknownOpts, finish: Finish): void {
  program
    .command('stage')
    .description('one stage of one run: what orchestrators call')
    .argument('<id>', 'prepare, build:<engine>, profile:<scenario>, layers:<engine>, explore:<engine> or report')
    .requiredOption('--run <dir>', 'run directory')
    .option('--pipeline <file>', 'with prepare: make the run directory from this pipeline file')
    .option('--simulate', 'with --pipeline: a run on the virtual clock')
    .option('--solo', 'with --pipeline: record every task alone as well')
    .option('--service-from <run>', 'with --pipeline: take service times for --simulate from an earlier run')
    .option('--cache <dir>', 'with --pipeline: folder of the engine cache')
    .option('--source <dir>', 'with --pipeline: folder that its paths are relative to, instead of its own')
    .option('--summary <file>', 'with report: copy summary.json to this file')
    .option('--force', 'do not wait for another measurement on this device')
    .addOption(reporter())
    .option('--quiet', 'print problems only')
    .addHelpText(
      'after',
      example(
        'infersight stage prepare --run runs/friday --pipeline robot.yaml',
        'infersight stage build:detector --run runs/friday',
      ),
    )
    .action(async (id, options) => finish(await (await import('./commands/stage.js')).stage(id, options)));
}

function addFacts(program: CommandUnknownOpts, finish: Finish): void {
  program
    .command('doctor')
    .description('what this machine has: backends, accelerators, probes, tools; what is missing and how to get it')
    .option('--json', 'print as JSON')
    .option('--on <host>', 'of another machine, by ssh')
    .addHelpText(
      'after',
      example(
        'infersight doctor',
        'infersight doctor --on nvidia@robot-7',
        'ORT_DYLIB_PATH=/opt/ort/libonnxruntime.so infersight doctor',
      ),
    )
    .action(async (options) => finish(await (await import('./commands/doctor.js')).doctor(options)));
  program
    .command('inspect')
    .description('inputs, outputs, operators and cost of an ONNX file')
    .argument('<model>', 'ONNX file')
    .option(
      '--shape <input=1x3x224x224...>',
      'size of an input that the model leaves open',
      (value: string, all: string[]) => [...all, value],
      [] as string[],
    )
    .option(
      '--target <accelerator>',
      'dla or dla:1: which layers a DLA can run, and why not the others (needs TensorRT and a DLA)',
    )
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      example(
        'infersight inspect detector.onnx',
        'infersight inspect ocr.onnx --shape x=1x3x48x320',
        'infersight inspect detector.onnx --target dla',
      ),
    )
    .action(async (model, options) => finish(await (await import('./commands/inspect.js')).inspect(model, options)));
  addExplore(program, finish);
  addShow(program, finish);
}

/** Commands over runs that are on disk. */
function addStored(program: CommandUnknownOpts, finish: Finish): void {
  program
    .command('attach')
    .description('follow a run that goes on, here or on the device it was sent to; its results come here at the end')
    .argument('<run>', 'run directory')
    .option('--skip <n>', 'without the first n events', natural, 0)
    .addOption(reporter())
    .option('--quiet', 'print problems only')
    .option('--json', 'print the report as JSON at the end')
    .addHelpText('after', example('infersight attach runs/friday'))
    .action(async (folder, options) => finish(await (await import('./commands/attach.js')).attach(folder, options)));
  program
    .command('status')
    .description('how far a run is')
    .argument('<run>', 'run directory')
    .option('--json', 'print as JSON')
    .addHelpText('after', example('infersight status runs/friday'))
    .action(async (folder, options) => finish(await (await import('./commands/status.js')).status(folder, options)));
  program
    .command('prune')
    .description('delete old runs: shows which would go, and what that frees; never a run in progress')
    .argument('[dir]', 'folder that holds the runs', 'runs')
    .option('--keep <n>', 'so many of the newest stay', natural)
    .option('--older-than <time>', 'runs that are older go, such as "7 d"')
    .option('--max-size <size>', 'the oldest go until the rest takes at most this, such as "10 GiB"')
    .option('--cache <dir>', 'folder of the engine cache, whose staged files go when no run uses them')
    .option('--yes', 'delete them')
    .option('--json', 'print as JSON')
    .addHelpText('after', example('infersight prune --keep 20', 'infersight prune --older-than "7 d" --yes'))
    .action(async (folder, options) => finish(await (await import('./commands/prune.js')).prune(folder, options)));
  program
    .command('report')
    .description('recompute report and pictures of a run; no device needed')
    .argument('<run>', 'run directory')
    .addOption(
      new Option('--format <form>', 'print the report in this form').choices([
        'json',
        'markdown',
        'junit',
        'csv',
      ] as const),
    )
    .option('--json', 'the same as --format json')
    .option('--quiet', 'print problems only')
    .addHelpText(
      'after',
      example('infersight report runs/friday', 'infersight report runs/friday --format junit > junit.xml'),
    )
    .action(async (folder, options) => finish(await (await import('./commands/report.js')).report(folder, options)));
}

function addExplore(program: CommandUnknownOpts, finish: Finish): void {
  program
    .command('explore')
    .description("what an engine is made of, from trtexec's files, a run, or an ONNX model; with two, what differs")
    .argument('<engine>', 'layer file, profile, log, layers.json, ONNX model, or a folder with the files of one engine')
    .argument('[other]', 'a second engine to compare with')
    .option(
      '--profile <file>',
      'times per layer: trtexec --exportProfile, or a profile of ONNX Runtime',
      collect,
      [] as string[],
    )
    .option('--times <file>', 'times per query: trtexec --exportTimes', collect, [] as string[])
    .option(
      '--log <file>',
      'text output of trtexec: device, options, memory plan, DLA placement',
      collect,
      [] as string[],
    )
    .option('--onnx <file>', 'the model that the engine was built from, drawn beside it', collect, [] as string[])
    .option('--shape <input=1x3x224x224>', 'size of an input that the ONNX model leaves open', collect, [] as string[])
    .option('--optimization-profile <n>', 'which optimisation profile of a TensorRT engine', natural)
    .option('--html <file>', 'write a page: graph, search, details, layers; one file, no network')
    .option('--svg <file>', 'write the graph as SVG')
    .option('--png <file>', 'write the graph as PNG')
    .addOption(
      new Option('--color-by <what>', 'colour of the layers in pictures')
        .choices(['type', 'precision', 'time'] as const)
        .default('type' as const),
    )
    .option('--top <n>', 'rows of the table of layers', natural, 15)
    .option('--json', 'print as JSON')
    .option('--quiet', 'print problems only')
    .addHelpText(
      'after',
      example(
        'infersight explore layers.json --profile profile.json --html engine.html',
        'infersight explore runs/friday/engines/detector',
        'infersight explore detector.onnx --svg detector.svg',
        'infersight explore fp16/ int8/ --html compare.html',
      ),
    )
    .action(async (engine, other, options) =>
      finish(await (await import('./commands/explore.js')).explore(engine, other, options)),
    );
}

function addShow(program: CommandUnknownOpts, finish: Finish): void {
  program
    .command('view')
    .description('runs in the browser: list, live, compare; this machine only, read only')
    .argument('[dir]', 'folder that holds the runs', 'runs')
    .option('--port <n>', 'port, instead of a free one', portNumber, 0)
    .addHelpText('after', example('infersight view', 'infersight view ~/robot/runs --port 8080'))
    .action(async (folder, options) => finish(await (await import('./commands/view.js')).view(folder, options)));
  program
    .command('export')
    .description('a run in the form of another tool')
    .addArgument(
      new Argument('<what>', "perfetto: Perfetto's own format, for runs of any length").choices(['perfetto'] as const),
    )
    .argument('<run>', 'run directory')
    .option('--out <file>', 'file to write, instead of trace.perfetto-trace in the run')
    .addHelpText('after', example('infersight export perfetto runs/friday'))
    .action(async (what, folder, options) =>
      finish(await (await import('./commands/export.js')).exportRun(what, folder, options)),
    );
}

function addWriters(program: CommandUnknownOpts, finish: Finish): void {
  program
    .command('init')
    .description('write a commented pipeline.yaml for some models; without models, a working demo')
    .argument('[models...]', 'ONNX files')
    .option('--out <file>', 'file to write', 'pipeline.yaml')
    .option('--force', 'overwrite the file')
    .addHelpText('after', example('infersight init', 'infersight init detector.onnx vad.onnx'))
    .action(async (models, options) => finish(await (await import('./commands/init.js')).init(models, options)));
  program
    .command('schema')
    .description('print the JSON Schema of pipeline.yaml, or of fleet.yaml')
    .addArgument(
      new Argument('[file]', 'which of them').choices(['pipeline', 'fleet'] as const).default('pipeline' as const),
    )
    .addHelpText(
      'after',
      example('infersight schema > pipeline.schema.json', 'infersight schema fleet > fleet.schema.json'),
    )
    .action(async (file) => finish(await (await import('./commands/schema.js')).schema(file)));
  program
    .command('completion')
    .description('print a completion script')
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText('after', example('infersight completion bash > /etc/bash_completion.d/infersight'))
    .action(async (shell) => finish(await (await import('./commands/completion.js')).completion(shell, program)));
}

/** @returns the exit code; nothing is thrown */
export async function runMain(argv: readonly string[]): Promise<number> {
  let code: number = 0;
  const program = buildProgram((result) => {
    code = result;
  });
  const settle = (command: CommandUnknownOpts): void => {
    command.exitOverride();
    for (const child of command.commands) settle(child);
  };
  settle(program);
  try {
    await program.parseAsync(argv as string[]);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodeOf('usage');
    return reportFailure(error);
  }
}
