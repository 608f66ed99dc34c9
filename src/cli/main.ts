#!/usr/bin/env node
/** The command line. Every command is loaded when it is called. */
// `infersight ... | head` has read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
try {
  const { runMain } = await import('./program.js');
  process.exitCode = await runMain(process.argv);
} catch (error) {
  // The libraries alone are more files than some systems let a process open.
  if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error;
  process.stderr.write('problem too many files are open for this process\n  raise the limit: ulimit -n 1024\n');
  process.exitCode = 4;
}
