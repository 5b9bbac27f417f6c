import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** The lab that a socket belongs to, for what no REST call does: its daemon dies, hangs, comes back. */
export interface Lab {
  /** Sends the daemon alone a signal: KILL, STOP or CONT. */
  kill(signal: "KILL" | "STOP" | "CONT"): Promise<void>;
  /** Starts what is not running. */
  up(): Promise<void>;
}

const script = new URL("../../../lab/lxd.sh", import.meta.url).pathname;

/** The reason where the socket is not one that lab/lxd.sh made, or where this user may not. */
export function findLab(socket: string): Lab | { reason: string } {
  const directory = dirname(dirname(socket));
  if (!existsSync(join(directory, "lxd.network"))) return { reason: `${socket} is not that of a lab/lxd.sh` };
  if (process.getuid?.() !== 0) return { reason: "only root may signal the lab's daemon" };
  const run = async (...words: string[]) => {
    await promisify(execFile)(script, words, { env: { ...process.env, ROLLCALL_LAB: directory }, timeout: 60_000 });
  };
  return { kill: (signal) => run("kill", signal), up: () => run("up") };
}
