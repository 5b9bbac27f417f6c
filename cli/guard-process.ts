import { systemError } from "../files/system-error.ts";
import { exitCodes } from "./exit-codes.ts";

/**
 * Keeps a verb going when its output can't be written: one that changes something must not end in the middle of it. A reader that has closed
 * the output (`rollcall status | head`) is no error; anything else is reported once, and the exit code is 1. An error of the
 * system that no verb caught ends the process with one line.
 */
export function guardProcess(process: NodeJS.Process): void {
  const { stdout, stderr } = process;
  let failed = false;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || failed) return;
    failed = true;
    stderr.write(`rollcall: cannot write the output: ${systemError(error) ?? error.message}\n`);
  });
  stderr.on("error", () => {});
  process.on("exit", () => {
    if (failed && !process.exitCode) process.exitCode = exitCodes.error;
  });
  process.on("uncaughtException", (error) => {
    stderr.write(`rollcall: ${systemError(error) ?? error.stack ?? String(error)}\n`);
    process.exit(exitCodes.error);
  });
}
