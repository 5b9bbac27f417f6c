import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { iso } from "./iso.ts";
import { steadyNow } from "./steady-now.ts";
import { errorWords } from "./system-error.ts";

/** A process that holds a lock. */
export interface HoldingProcess {
  readonly pid: number;
  /** What it does, for a sentence: `rollcall deploy`. */
  readonly what: string;
  /** The file that it writes to, if it may outlive what reads that. */
  readonly output?: string | undefined;
  /** When the kernel started it, so that another process with its number is not taken for it. Undefined without /proc. */
  readonly started: string | undefined;
}

/** A run that holds a lock until the last of its processes has ended. */
export interface Holder {
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
  readonly processes: readonly HoldingProcess[];
}

export interface Lock {
  /** The runs that were killed before they released the lock. */
  readonly dead: readonly Holder[];
  /** Adds a process: the lock is held until it has ended too, even if this one is killed. */
  share(pid: number, what: string, output?: string): void;
  release(): void;
}

/** A lock for a directory in which none can be written: it keeps no other run out. */
export const noLock: Lock = { dead: [], share: () => {}, release: () => {} };

/** Another run holds the lock. */
export class LockHeld extends Error {
  override readonly name = "LockHeld";
}

export interface LockOptions {
  /** @default 3 */
  readonly attempts?: number;
  /** Whether the processes of another host, which can't be seen from here, hold the lock or count as ended. @default "hold" */
  readonly elsewhere?: "hold" | "ended";
}

/** Hidden from the readers of group files. */
const suffix = ".lock";

/**
 * Takes the lock of a directory, which has to exist and in which only this user writes. Throws LockHeld.
 *
 * Each run first adds a file of its own and then looks for others, so of two at least one sees the other. A run whose processes have all
 * ended, on this host, holds nothing: its file is removed. Two that start at once both give up, and try again after different times:
 * `attempts` times, of 30 ms on average.
 */
export async function takeLock(directory: string, what: string, options: LockOptions = {}): Promise<Lock> {
  const { attempts = 3, elsewhere = "hold" } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryLock(directory, what, elsewhere);
    } catch (error) {
      if (!(error instanceof LockHeld) || attempt === attempts) throw error;
      await sleep(10 + Math.random() * 40);
    }
  }
}

async function tryLock(directory: string, what: string, elsewhere: "hold" | "ended"): Promise<Lock> {
  const file = join(directory, `.${randomUUID()}${suffix}`);
  let holder: Holder = { host: hostname(), since: iso(steadyNow()), processes: [] };
  function share(pid: number, doing: string, output?: string) {
    holder = { ...holder, processes: [...holder.processes, { pid, what: doing, output, started: startOf(pid) }] };
    try {
      writeFileSync(`${file}.new`, JSON.stringify(holder), { mode: 0o600, flag: "wx" });
      renameSync(`${file}.new`, file);
    } catch (error) {
      rmSync(`${file}.new`, { force: true });
      throw new Error(`${directory}: ${errorWords(error)}`, { cause: error });
    }
  }
  share(process.pid, what);
  const release = () => rmSync(file, { force: true });
  try {
    const dead = await removeDead(directory, file, elsewhere);
    return { dead, share, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** Throws LockHeld if another run is at work. */
async function removeDead(directory: string, own: string, elsewhere: "hold" | "ended"): Promise<Holder[]> {
  const dead: Holder[] = [];
  for (const name of await readdir(directory)) {
    const file = join(directory, name);
    if (!name.endsWith(suffix) || file === own) continue;
    const holder = await read(file);
    if (!holder) continue;
    const isHere = holder.host === hostname();
    const running = holder.processes.find((one) => (isHere ? isRunning(one) : elsewhere === "hold"));
    if (running) {
      const at = isHere ? `process ${running.pid}` : `process ${running.pid} on ${holder.host}`;
      const cure = isHere ? "" : `. If it is no longer running there, remove ${file}`;
      const output = running.output === undefined ? "" : `, and writes to ${running.output}`;
      throw new LockHeld(
        `${running.what} (${at}) has been at work in ${directory} since ${holder.since}${output}${cure}`,
      );
    }
    dead.push(holder);
    await rm(file, { force: true });
  }
  return dead;
}

/** Undefined if it was released in the meantime. */
async function read(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`${file} is not a lock that can be read: remove it if no run is at work`);
  }
}

function isRunning({ pid, started }: HoldingProcess): boolean {
  if (started !== undefined) return startOf(pid) === started;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * The boot, and the ticks since then at which a process started: field 22 of proc_pid_stat(5). Undefined if it has ended, also if only its
 * exit code is left, and without /proc.
 */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
    return state === "Z" || state === "X" ? undefined : `${boot}-${fields[18]}`;
  } catch {
    return undefined;
  }
}
