import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";

/** The lab that a socket belongs to, for what no REST call does: its daemon dies, hangs, comes back. */
export interface Lab {
  /** Sends the daemon alone a signal: KILL, STOP or CONT. */
  kill(signal: "KILL" | "STOP" | "CONT"): Promise<void>;
  /** Starts what is not running. */
  up(): Promise<void>;
}

/** The reason where the socket is not one that lab/lxd.sh or lab/incus.sh made, or where this user may not. */
export function findLab(socket: string): Lab | { reason: string } {
  const directory = dirname(dirname(socket));
  const kind = basename(dirname(socket));
  if (!existsSync(join(directory, `${kind}.network`))) return { reason: `${socket} is not that of a lab of lab/*.sh` };
  const script = new URL(`../../../lab/${kind}.sh`, import.meta.url).pathname;
  if (process.getuid?.() !== 0) return { reason: "only root may signal the lab's daemon" };
  const run = async (...words: string[]) => {
    await promisify(execFile)(script, words, { env: { ...process.env, ROLLCALL_LAB: directory }, timeout: 60_000 });
  };
  return { kill: (signal) => run("kill", signal), up: () => run("up") };
}
