import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createEmbeddedLxd, type EmbeddedLxd } from "./embedded-lxd/daemon.ts";
import { createDriver, type Driver } from "./lxd-driver.ts";
import { type Ground, ground, type Rollcall, startRollcall } from "./support/rollcall.ts";
import { until } from "./support/until.ts";

/** The whole server over the embedded daemon, on loopback. */

let lxd: EmbeddedLxd;
let driver: Driver;
let at: Ground;
let rollcall: Rollcall | undefined;

beforeEach(async () => {
  lxd = await createEmbeddedLxd();
  driver = createDriver(lxd.socket);
  at = ground();
});
afterEach(async () => {
  await rollcall?.stop();
  rollcall = undefined;
  await driver.close();
  await lxd.close();
  at.clear();
});

const launch = (name: string) => driver.launch(name, { config: { "user.rollcall.group": name.replace(/-\d+$/, "") } });
async function launchAll(name: string, replicas: number) {
  for (let i = 0; i < replicas; i++) await launch(`${name}-${i}`);
}
async function start(settings: Record<string, unknown> = {}): Promise<Rollcall> {
  rollcall = await startRollcall(at, lxd.socket, settings);
  return rollcall;
}
const serving = (server: Rollcall, count: number, name = "web") =>
  until(`${count} servers of ${name}`, async () => {
    const servers = await server.servers(name);
    return servers?.length === count && servers;
  });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("from nothing", () => {
  test("it is locked and names who is missing, and opens when the last replica has an address", async () => {
    at.declare("web", 3);
    await launchAll("web", 2);
    const server = await start();
    const locked = await until("two of three", async () => {
      const { body } = await server.document();
      const answer = JSON.parse(body) as { status: number; waiting: object[] };
      return answer.waiting.length === 1 && answer;
    });
    expect(locked.status).toBe(423);
    expect(locked.waiting).toEqual([
      {
        group: "web",
        replica: "web-2",
        reason: "missing",
        detail: "project default of source local has no instance of that name",
      },
    ]);
    await launch("web-2");
    const servers = await serving(server, 3);
    const answers = await Promise.all(servers.map(async (url) => (await fetch(url)).text()));
    expect(answers.map((answer) => answer.split(" ")[0])).toEqual(["web-0", "web-1", "web-2"]);
  });

  test("without any group file it is 423, names the directory, and takes up the first file", async () => {
    const server = await start();
    const { status, body } = await server.document();
    expect(status).toBe(423);
    expect(JSON.parse(body).waiting).toEqual([
      { group: null, replica: null, reason: "error", detail: expect.stringContaining(join(at.path, "groups")) },
    ]);
    await launchAll("web", 1);
    at.declare("web", 1);
    await serving(server, 1);
  });
});

describe("a serving group", () => {
  let server: Rollcall;
  beforeEach(async () => {
    at.declare("web", 3);
    await launchAll("web", 3);
    server = await start();
    await serving(server, 3);
  });

  test("loses a replica that stops and gets it back", async () => {
    await driver.stop("web-1");
    await serving(server, 2);
    await driver.start("web-1");
    await serving(server, 3);
  });

  test("publishes no new version for a snapshot of every replica", async () => {
    const { version } = await server.document();
    await Promise.all(["web-0", "web-1", "web-2"].map((name) => driver.snapshot(name)));
    await pause(500);
    expect((await server.document()).version).toBe(version);
    expect(server.log().match(/"published"/g)?.length).toBeLessThan(8);
  });

  test("loses a replica that stays frozen", async () => {
    await driver.freeze("web-1");
    await serving(server, 2);
    await driver.unfreeze("web-1");
    await serving(server, 3);
  });

  test("grows when the file does, and only when all are there", async () => {
    at.declare("web", 5);
    await launch("web-3");
    await until(
      "web-4 is waited for",
      async () => (await server.document()).headers.get("rollcall-waiting") === "web-4",
    );
    expect(await server.servers("web")).toHaveLength(3);
    await launch("web-4");
    await serving(server, 5);
  });

  test("keeps its version through every kind of broken listing, says so, and recovers", async () => {
    const { version } = await server.document();
    for (const fault of ["error-500", "cut", "not-json", "wrong-shape"] as const) {
      lxd.faults.nextListing(fault, 2);
      await driver.setConfig("web-0", { "user.note": fault });
      const problem = await until(
        `${fault} is said`,
        async () => (await server.status()).sources[0]?.problem ?? undefined,
      );
      expect(problem, fault).toMatch(/GET \/1.0\/instances/);
      const { version: same, headers } = await server.document();
      expect(same).toBe(version);
      expect(headers.get("rollcall-stale")).toBe("local");
      await until(`${fault} is over`, async () => (await server.status()).sources[0]?.problem === null);
    }
    expect((await server.document()).headers.get("rollcall-stale")).toBeNull();
  });
});
