import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The temporary directory of one demo: it has everything that the demo writes, with its logs and process ids. */
export interface Home {
  readonly path: string;
  /** Records a process, so that the next demo ends it if this one is killed. */
  started(pid: number): void;
  /** The end of each log. */
  tails(): string[];
  clear(): Promise<void>;
}

const prefix = "rollcall-demo-";

export function createHome(): Home {
  sweep();
  const path = mkdtempSync(join(tmpdir(), prefix));
  const started = (pid: number) => appendFileSync(join(path, "pids"), `${pid}\n`);
  started(process.pid);
  return {
    path,
    started,
    tails: () =>
      readdirSync(path)
        .filter((name) => name.endsWith(".log") && statSync(join(path, name)).size > 1)
        .map((name) => `The end of ${name}:\n${tail(join(path, name))}`),
    clear: async () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Whether the process with this id is a running demo. */
export function isDemo(pid: number): boolean {
  return commandOf(pid).includes("lab/demo");
}

/** Ends the processes and removes the files of earlier demos that were killed. */
function sweep(): void {
  for (const name of readdirSync(tmpdir()).filter((one) => one.startsWith(prefix))) {
    const path = join(tmpdir(), name);
    try {
      if (statSync(path).uid !== process.getuid?.()) continue;
      const [demo = 0, ...children] = readFileSync(join(path, "pids"), "utf8").trim().split("\n").map(Number);
      if (isDemo(demo)) continue;
      // Another process may have the id by now: the demo's own have its directory in their command line.
      for (const pid of children) if (commandOf(pid).includes(path)) process.kill(pid, "SIGKILL");
      rmSync(path, { recursive: true, force: true });
    } catch {
      // Not a demo's, or a demo is making or removing it right now.
    }
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

function tail(file: string): string {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n").slice(-12);
  return lines.map((line) => `  | ${line.slice(0, 300)}`).join("\n");
}
