import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { findTraefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** The demo as a new user runs it, with the embedded daemon. */

const start = fileURLToPath(new URL("../../lab/demo/start.mjs", import.meta.url));
const traefik = await findTraefik();

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "demo-test-"));
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

/** A demo whose files are all in `temporary`, so that leftovers are seen, and its processes are found by that path. */
function run(args: readonly string[], environment: Record<string, string> = {}) {
  const env = { ...process.env, TMPDIR: temporary, ROLLCALL_DEMO: "embedded", ...environment };
  const child = spawn(process.execPath, [start, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const said = { text: "" };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said.text += chunk));
  return { child, said, ended: once(child, "close") as Promise<[number | null, string | null]> };
}

/** The processes that have the temporary directory in their command: the server and Traefik. */
function processes(): string[] {
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(temporary));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function expectNothingLeft(): void {
  expect(readdirSync(temporary)).toEqual([]);
  expect(processes()).toEqual([]);
}

function stop(child: ChildProcess, signal: NodeJS.Signals): void {
  child.kill(signal);
}

/** How often each replica of web answered between two headings. */
function answered(text: string, from: string, to: string): string[] {
  const part = text.slice(text.indexOf(from), text.indexOf(to));
  return [...new Set(part.match(/web-\d(?= 127\.77\.\d+\.\d+ v1)/g))].sort();
}

describe("the demo", { timeout: 90_000 }, () => {
  test.skipIf(!("binary" in traefik))("tells its story in a minute, and leaves nothing", async () => {
    const began = Date.now();
    const { said, ended } = run(["--once"]);
    expect(await ended, said.text).toEqual([0, null]);
    expect(Date.now() - began).toBeLessThan(60_000);
    const { text } = said;
    expect(text).toContain("HTTP/1.1 423 Locked\n   api-1 missing: ");
    expect(text).toMatch(/^ {3}site-1 missing: /m);
    expect(text).toMatch(/^ {3}web-2 missing: /m);
    expect(text).toMatch(/\$ curl -H 'Host: web\.localhost' http:\/\/127\.0\.0\.1:\d+\/\n {3}404 page not found/);
    expect(text).toMatch(/-> \d.* from the unlock to the first answer from Traefik/);
    expect(answered(text, "6. ", "7. ")).toEqual(["web-0", "web-1", "web-2"]);
    expect(text).toMatch(/\$ curl -H 'Host: shop\.localhost' http:\/\/127\.0\.0\.1:\d+\/\n {3}site-[01] 127/);
    expect(text).toMatch(/\$ curl -H 'Host: shop\.localhost' http:\/\/127\.0\.0\.1:\d+\/api\n {3}api-[01] 127/);
    expect(text).toContain("-replicas: 3\n   +replicas: 5\n");
    expect(text).toContain("Rollcall-Waiting: web-3,web-4");
    expect(answered(text, "-> ", "8. ")).toEqual(["web-0", "web-1", "web-2", "web-3", "web-4"]);
    expect(answered(text, "8. ", "9. ")).toEqual(["web-0", "web-2", "web-3", "web-4"]);
    expect(text).toMatch(/web-1 +absent .* stopped: the instance does not run/);
    expect(text).toContain("Nothing is left.");
    expect(text, "colours on a pipe").not.toContain("\u001b");
    expectNothingLeft();
  });

  test("prints how to get Traefik if there is none, and polls the provider directly", async () => {
    const tools = mkdtempSync(join(tmpdir(), "demo-tools-"));
    onTestFinished(() => rmSync(tools, { recursive: true, force: true }));
    // Neither Traefik nor Python.
    for (const tool of ["dirname", "grep", "sed", "realpath", "uname"])
      symlinkSync(`/usr/bin/${tool}`, join(tools, tool));
    const { said, ended } = run(["--once"], { PATH: tools, HOME: tools, ROLLCALL_CACHE: join(tools, "cache") });
    expect(await ended, said.text).toEqual([0, null]);
    const { text } = said;
    expect(text).toMatch(/Traefik {3}none, so the demo asks rollcall directly.*\n +no python3.*\n +cure: /);
    expect(text).toMatch(/^ {3}web-2 missing: /m);
    expect(text).toMatch(/\$ curl http:\/\/127\.77\.\d+\.\d+:3000\/\n {3}web-0 127/);
    expect(answered(text, "7. ", "8. ")).toEqual(["web-0", "web-1", "web-2", "web-3", "web-4"]);
    expect(answered(text, "8. ", "9. ")).toEqual(["web-0", "web-2", "web-3", "web-4"]);
    expectNothingLeft();
  });

  test("runs until it is stopped, and prints the replicas that join and leave", async () => {
    const { child, said, ended } = run([]);
    await until("the story is over", () => said.text.includes("Ctrl-C ends the demo"), 60_000);
    const [, stopCommand = ""] = /\$ (curl .*"stop".*)\n/.exec(said.text.slice(said.text.indexOf("11. "))) ?? [];
    await once(spawn("sh", ["-c", stopCommand]), "exit");
    await until("web-0 leaves", () => said.text.includes("web-0 left (stopped)"));
    stop(child, "SIGINT");
    expect(await ended, said.text).toEqual([0, null]);
    expectNothingLeft();
  });

  test.each(["1. ", "4. ", "7. "])("leaves nothing when it is interrupted at step %s", async (heading) => {
    const { child, said, ended } = run([]);
    await until(heading, () => said.text.includes(heading), 60_000);
    stop(child, "SIGINT");
    stop(child, "SIGINT");
    expect(await ended, said.text).toEqual([130, null]);
    expectNothingLeft();
  });

  test("fails, with the end of the log, when the server is killed", async () => {
    const { said, ended } = run([]);
    await until("the unlock", () => said.text.includes("5. "), 60_000);
    const server = processes().find((pid) => commandOf(pid).includes("serve"));
    process.kill(Number(server), "SIGKILL");
    expect(await ended, said.text).toEqual([1, null]);
    expect(said.text).toContain("rollcall ended unexpectedly, with SIGKILL");
    expect(said.text).toContain("The end of rollcall.log:\n  | {");
    expectNothingLeft();
  });

  test("ends and removes what an earlier demo left that was killed", async () => {
    const first = run([]);
    await until("the unlock", () => first.said.text.includes("5. "), 60_000);
    first.child.kill("SIGKILL");
    await first.ended;
    expect(processes()).not.toEqual([]);
    const second = run(["--once"]);
    expect(await second.ended, second.said.text).toEqual([0, null]);
    expectNothingLeft();
  });
});
