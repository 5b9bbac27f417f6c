import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { realTerraform } from "../support/real/terraform-parts.ts";
import { findTraefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** The demo as a new user runs it, with the embedded daemon. */

const start = fileURLToPath(new URL("../../lab/demo/start.mjs", import.meta.url));
const traefik = await findTraefik();
const terraform = await realTerraform();
const missing = "binary" in traefik ? terraform.missing : "no Traefik";

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

/** Without terraform the story is shorter. */
const byHand = { TERRAFORM_BINARY_NAME: "none" };

/** What is below a heading. */
function part(text: string, title: string): string {
  const found = text.split(/^(?=\d+\. )/m).find((one) => one.split("\n")[0]?.includes(title));
  if (found === undefined) throw new Error(`no heading ${title} in\n${text}`);
  return found;
}

/** The replicas of web that answered below a heading, with this version. */
function answered(text: string, title: string, version = "v1"): string[] {
  const names = [...part(text, title).matchAll(/(web-\d) 127\.77\.\d+\.\d+ (v\d)/g)];
  return [...new Set(names.flatMap(([, name = "", found]) => (found === version ? [name] : [])))].sort();
}

describe("the demo", { timeout: 400_000 }, () => {
  test.skipIf(missing !== undefined)("tells its story by the verbs in a minute, and leaves nothing", async () => {
    const began = Date.now();
    const { said, ended } = run(["--once"]);
    expect(await ended, said.text).toEqual([0, null]);
    expect(Date.now() - began).toBeLessThan(5 * 60_000);
    const { text } = said;
    expect(text).toContain("HTTP/1.1 423 Locked\n   api-0 missing: ");
    expect(text).toMatch(/^ {3}web-2 missing: /m);
    expect(text).toMatch(/\$ curl -H 'Host: web\.localhost' http:\/\/127\.0\.0\.1:\d+\/\n {3}404 page not found/);
    expect(text).toMatch(/-> \d.* from the unlock to the first answer from Traefik/);
    expect(part(text, "The unlock")).toMatch(
      /\$ rollcall deploy .*\n {3}api: 2 to create\n(.*\n)+ {3}api 2\/2, site 2\/2, web 3\/3\n/,
    );
    expect(answered(text, "Every replica answers")).toEqual(["web-0", "web-1", "web-2"]);
    expect(text).toMatch(/\$ curl -H 'Host: shop\.localhost' http:\/\/127\.0\.0\.1:\d+\/\n {3}site-[01] 127/);
    expect(text).toMatch(/\$ curl -H 'Host: shop\.localhost' http:\/\/127\.0\.0\.1:\d+\/api\n {3}api-[01] 127/);
    expect(text).toMatch(/\$ rollcall scale web=5 .*\n {3}web: 3 -> 5 /);
    expect(text).toContain("Rollcall-Waiting: web-3,web-4");
    expect(answered(text, "web grows")).toEqual(["web-0", "web-1", "web-2", "web-3", "web-4"]);
    expect(answered(text, "A new image for web", "v2")).toEqual(["web-0", "web-1", "web-2", "web-3", "web-4"]);
    expect(answered(text, "web-1 is stopped", "v2")).toEqual(["web-0", "web-2", "web-3", "web-4"]);
    expect(part(text, "Questions, and a mistake")).toMatch(/router web answers http:\/\/web\.localhost\//);
    expect(text).toMatch(
      /web\.yaml:4:1: error: replica: unknown key, did you mean "replicas"\?\n +4 \| replica: 5\n +\| \^{7}\n/,
    );
    expect(text).toMatch(/web-1 +absent .* stopped: the instance does not run/);
    expect(text).toContain("Nothing is left.");
    expect(text, "colours on a pipe").not.toContain("\u001b");
    expectNothingLeft();
  });

  test("prints how to get Traefik and terraform if there is none, and does their part itself", async () => {
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
    expect(text).toContain("Terraform none, so instances are launched one by one: ");
    expect(text).toContain("-replicas: 3\n   +replicas: 5\n");
    expect(answered(text, "web grows")).toEqual(["web-0", "web-1", "web-2", "web-3", "web-4"]);
    expect(answered(text, "web-1 is stopped")).toEqual(["web-0", "web-2", "web-3", "web-4"]);
    expectNothingLeft();
  });

  test("runs until it is stopped, and prints the replicas that join and leave", async () => {
    const { child, said, ended } = run([], byHand);
    await until("the story is over", () => said.text.includes("Ctrl-C ends the demo"), 300_000);
    const [, stopCommand = ""] =
      /\$ (curl .*"stop".*)\n/.exec(said.text.slice(said.text.indexOf("What to try next"))) ?? [];
    await once(spawn("sh", ["-c", stopCommand]), "exit");
    await until("web-0 leaves", () => said.text.includes("web-0 left (stopped)"));
    stop(child, "SIGINT");
    expect(await ended, said.text).toEqual([0, null]);
    expectNothingLeft();
  });

  test.each(["1. ", "4. ", "5. ", "8. "])("leaves nothing when it is interrupted at step %s", async (heading) => {
    const { child, said, ended } = run([]);
    await until(heading, () => said.text.includes(heading), 300_000);
    stop(child, "SIGINT");
    stop(child, "SIGINT");
    expect(await ended, said.text).toEqual([130, null]);
    expectNothingLeft();
  });

  test("fails, with the end of the log, when the server is killed", async () => {
    const { said, ended } = run([], byHand);
    await until("the unlock", () => said.text.includes("5. "), 60_000);
    const server = processes().find((pid) => commandOf(pid).includes("serve"));
    process.kill(Number(server), "SIGKILL");
    expect(await ended, said.text).toEqual([1, null]);
    expect(said.text).toContain("rollcall ended unexpectedly, with SIGKILL");
    expect(said.text).toContain("The end of rollcall.log:\n  | {");
    expectNothingLeft();
  });

  test("ends and removes what an earlier demo left that was killed", async () => {
    const first = run([], byHand);
    await until("the unlock", () => first.said.text.includes("5. "), 60_000);
    first.child.kill("SIGKILL");
    await first.ended;
    expect(processes()).not.toEqual([]);
    const second = run(["--once"], byHand);
    expect(await second.ended, second.said.text).toEqual([0, null]);
    expectNothingLeft();
  });
});
