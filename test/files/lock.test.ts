import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Holder, LockHeld, takeLock } from "../../files/lock.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-lock-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** What a run left in the directory. */
function left(holder: Partial<Holder>): string {
  const file = join(directory, "another.lock");
  const whole = { host: hostname(), since: "2026-11-28T08:00:00.000Z", processes: [], ...holder };
  writeFileSync(file, JSON.stringify(whole));
  return file;
}
const own = { pid: process.pid, what: "rollcall deploy", started: undefined };

describe("the lock of a directory", () => {
  test("is held by one run: another is told which one, and since when", async () => {
    const lock = await takeLock(directory, "rollcall deploy");
    await expect(takeLock(directory, "rollcall scale")).rejects.toThrow(
      new RegExp(`^rollcall deploy \\(process ${process.pid}\\) has been at work in ${directory} since \\d{4}-\\S+Z$`),
    );
    lock.release();
    (await takeLock(directory, "rollcall scale")).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  test("is given to one of many that start at once, at most, also if one was killed before", async () => {
    for (let round = 0; round < 5; round++) {
      left({ processes: [{ ...own, started: "1" }] });
      const taken = await Promise.allSettled(Array.from({ length: 4 }, () => takeLock(directory, "rollcall deploy")));
      const held = taken.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      expect(held.length).toBeLessThanOrEqual(1);
      held[0]?.release();
      // All may have given up. One that comes alone removes what the killed run left.
      (await takeLock(directory, "rollcall scale")).release();
      expect(readdirSync(directory)).toEqual([]);
    }
  });

  test("is taken over from a run that was killed, also if its number belongs to another process now", async () => {
    for (const dead of [
      { pid: 2 ** 22 + 1, what: "rollcall deploy", started: "1" },
      { ...own, started: "1" },
    ]) {
      left({ processes: [dead] });
      const lock = await takeLock(directory, "rollcall scale");
      expect(lock.dead).toMatchObject([{ since: "2026-11-28T08:00:00.000Z", processes: [dead] }]);
      lock.release();
    }
  });

  test("is held until the last of the run's processes has ended", async () => {
    const child = spawn("sleep", ["60"]);
    const ended = new Promise((done) => child.once("exit", done));
    const lock = await takeLock(directory, "rollcall deploy");
    lock.share(child.pid ?? 0, "terraform apply", "/out");
    const [file = ""] = readdirSync(directory);
    const holder = JSON.parse(readFileSync(join(directory, file), "utf8")) as Holder;
    lock.release();
    left({
      ...holder,
      processes: holder.processes.map((one) => (one.pid === process.pid ? { ...one, started: "1" } : one)),
    });
    await expect(takeLock(directory, "rollcall deploy")).rejects.toThrow(
      new RegExp(`^terraform apply \\(process ${child.pid}\\) has been at work .+, and writes to /out$`),
    );
    child.kill();
    await ended;
    (await takeLock(directory, "rollcall deploy")).release();
  });

  test("of another host is not taken over: its processes can't be seen", async () => {
    const file = left({ host: "elsewhere", processes: [own] });
    await expect(takeLock(directory, "rollcall deploy")).rejects.toThrow(LockHeld);
    await expect(takeLock(directory, "rollcall deploy")).rejects.toThrow(
      `(process ${process.pid} on elsewhere) has been at work in ${directory} since 2026-11-28T08:00:00.000Z. If it is no longer running there, remove ${file}`,
    );
  });

  test("that can't be read is named", async () => {
    writeFileSync(join(directory, "bad.lock"), "{");
    await expect(takeLock(directory, "rollcall deploy")).rejects.toThrow(`${directory}/bad.lock is not a lock`);
    expect(readdirSync(directory)).toEqual(["bad.lock"]);
  });
});
