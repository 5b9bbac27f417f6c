import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Run, rollcall } from "../support/cli/cli.ts";
import { type Ended, runHere } from "../support/cli/run-here.ts";
import { useEach } from "../support/use-each.ts";

export interface Places {
  /** A directory of its own, with these files in it. */
  place(files?: Readonly<Record<string, string>>): string;
  /** Starts the program in a directory; it ends with the test if it has not before. */
  start(cwd: string, args: readonly string[], environment?: Record<string, string>): Run;
  /** Runs it to its end, in this process: a start of the program takes longer than most verbs. See `runHere`. */
  run(
    cwd: string | undefined,
    args: readonly string[],
    environment?: Record<string, string>,
    typed?: string,
  ): Promise<Ended>;
}

/** Registers what clears up after each test. */
export function usePlaces(): Places {
  const mine = useEach(
    async () => ({ places: [] as string[], runs: [] as Run[] }),
    async ({ places, runs }) => {
      for (const { child, ended } of runs) {
        if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
        await ended;
      }
      for (const path of places) rmSync(path, { recursive: true, force: true });
    },
  );
  return {
    place(files = {}) {
      const path = mkdtempSync(join(tmpdir(), "rollcall-cli-"));
      mine().places.push(path);
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(path, name)), { recursive: true });
        writeFileSync(join(path, name), text);
      }
      return path;
    },
    start(cwd, args, environment = {}) {
      const run = rollcall(args, { cwd, environment });
      mine().runs.push(run);
      return run;
    },
    run: runHere,
  };
}

/** A group file. */
export function groupFile(name: string, replicas: number, more = ""): string {
  return `name: ${name}\nreplicas: ${replicas}\nservice: { port: 3000 }\n${more}`;
}

const controlSequence = String.fromCharCode(27);

/** Whether a text tells a terminal anything. */
export function isColoured(text: string): boolean {
  return text.includes(controlSequence);
}
