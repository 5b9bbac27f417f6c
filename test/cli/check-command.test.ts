import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCheck } from "../../cli/check-command.ts";
import { until } from "../support/until.ts";
import { useEach } from "../support/use-each.ts";

const own = useEach(
  async () => ({ place: mkdtempSync(join(tmpdir(), "rollcall-check-")), lines: [] as string[] }),
  async ({ place }) => rmSync(place, { recursive: true, force: true }),
);

function check(command: string, more: { readonly timeout?: number; readonly signal?: AbortSignal } = {}) {
  const { place, lines } = own();
  const environment = { PATH: "/usr/bin:/bin", PLACE: place, ROLLCALL_STEP: "2" };
  const say = (line: string) => void lines.push(line);
  return runCheck({ command, environment, say, signal: new AbortController().signal, ...more });
}
/** The process whose id a command has written, once it has. */
function pidIn(file: string): Promise<number> {
  const path = join(own().place, file);
  return until(`${file} is written`, () => existsSync(path) && (Number(readFileSync(path, "utf8")) || undefined));
}
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

test.concurrent("a check that exits with 0 is passed, and what it writes is said line by line, harmless and cut", async () => {
  const long = "printf '%2000s' x; echo";
  const command = `echo step $ROLLCALL_STEP; printf 'red \\033[31m'; echo; ${long}; echo oops >&2; read line || echo no input`;
  expect(await check(command)).toBeUndefined();
  expect(own().lines.toSorted()).toEqual([`${" ".repeat(1000)}`, "no input", "oops", "red \ufffd[31m", "step 2"]);
});

test.concurrent("one that fails is told with its exit code or its signal", async () => {
  expect(await check("exit 3")).toEqual({ why: "the check command ended with 3", isLate: false });
  expect(await check("kill -9 $$")).toEqual({ why: "the check command ended with SIGKILL", isLate: false });
});

test.concurrent("one that takes too long is ended with all that it has started", async () => {
  const failure = await check("sleep 600 & echo $! > $PLACE/pid; wait", { timeout: 300 });
  expect(failure).toEqual({ why: "the check command did not end in time", isLate: true });
  const pid = await pidIn("pid");
  await until("it is gone", () => isGone(pid));
});

test.concurrent("one that is interrupted is ended with all that it has started, though it ignores SIGTERM", async () => {
  const controller = new AbortController();
  const command = "trap '' TERM; sleep 600 & echo $! > $PLACE/pid; while true; do wait; done";
  const running = check(command, { signal: controller.signal });
  const pid = await pidIn("pid");
  controller.abort(new Error("interrupted"));
  await expect(running).rejects.toThrow("interrupted");
  await until("it is gone", () => isGone(pid));
});

test.concurrent("one that ends is over, though something that it has started holds its output", async () => {
  expect(await check("sleep 600 & echo $! > $PLACE/pid")).toBeUndefined();
  const pid = await pidIn("pid");
  await until("it is gone", () => isGone(pid));
});
