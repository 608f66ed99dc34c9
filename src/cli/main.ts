#!/usr/bin/env node
/** The command line. Every command is loaded when it is called. */
import { runMain } from './program.js';

// `infersight ... | head` has read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
process.exitCode = await runMain(process.argv);
