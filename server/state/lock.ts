import { randomUUID } from "node:crypto";
import { open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** `lock-PID-START-UNIQUE`: START tells a process from a later one with the same id; the rest makes each name one of a kind. */
const lockName = /^lock-(\d+)-([0-9a-f]*)-[0-9a-f]{8}$/;

/**
 * Takes a directory for this process; the result gives it back. Throws an Error that names the process if another one has it. The lock
 * of a process that has ended is removed. No two can have it: each makes its own file before it looks for others, and the name of a file
 * that is removed is never used again. Processes of other containers can't be seen from here and count as ended.
 */
export async function lock(directory: string): Promise<() => Promise<void>> {
  const unique = randomUUID().slice(0, 8);
  const own = `lock-${process.pid}-${await startOf(process.pid)}-${unique}`;
  const release = () => rm(join(directory, own), { force: true });
  await (await open(join(directory, own), "wx", 0o600)).close();
  for (const name of await readdir(directory)) {
    const [, pid = "", start = ""] = lockName.exec(name) ?? [];
    if (pid === "" || name === own) continue;
    const file = join(directory, name);
    if (await runs(Number(pid), start)) {
      const since = await stat(file).catch(() => undefined);
      await release();
      const words = since ? `, since ${since.mtime.toISOString()}` : "";
      throw new Error(
        `${directory} is used by process ${pid}${words}: stop that rollcall, or set state to another directory`,
      );
    }
    await rm(file, { force: true });
  }
  return release;
}

async function runs(pid: number, start: string): Promise<boolean> {
  if (start !== "") return (await startOf(pid)) === start;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The boot and the clock tick in which a process started (proc_pid_stat(5), field 22); empty if there is no such process or no /proc. */
async function startOf(pid: number): Promise<string> {
  const about = [`/proc/${pid}/stat`, "/proc/sys/kernel/random/boot_id"];
  const [stat, boot] = await Promise.all(about.map((path) => readFile(path, "utf8").catch(() => undefined)));
  // The second field is the program's name in brackets; it may have spaces and brackets of its own.
  const tick = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  return tick === undefined || boot === undefined ? "" : boot.slice(0, 8) + Number(tick).toString(16);
}
