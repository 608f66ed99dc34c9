#!/usr/bin/env node
/** The command line. Every command is loaded when it is called. */
import { runMain } from './program.js';

process.exitCode = await runMain(process.argv);
