#!/usr/bin/env node
import { runProgram } from "./program.ts";

// The reader of the output may have closed it: `rollcall status | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

/** The one place that reads the environment and the terminal. */
const { env: environment, stdin: input, stdout: output, stderr: errors } = process;
process.exitCode = await runProgram(process.argv.slice(2), { environment, input, output, errors });
