#!/usr/bin/env node

/** The one place that reads the environment and the terminal. It imports nothing before a failure to load can be reported. */
const { env: environment, stdin: input, stdout: output, stderr: errors } = process;
try {
  const { guardProcess } = await import("./guard-process.ts");
  guardProcess(process);
  if (process.argv[2] === "serve") (await import("./small-heap.ts")).keepHeapSmall();
  const { runProgram } = await import("./program.ts");
  process.exitCode = await runProgram(process.argv.slice(2), { environment, input, output, errors });
  // Node aborts when it resets a terminal that is gone. What SIGHUP had to end has ended by now, so it may end this process as well.
  if (process.exitCode === 129 && [input, output, errors].some(({ isTTY }) => isTTY))
    process.kill(process.pid, "SIGHUP");
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  errors.write(`rollcall: ${code === "EMFILE" ? "too many open files; raise the limit: ulimit -n 1024" : message}\n`);
  process.exitCode = 1;
}
