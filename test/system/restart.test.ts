import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";

const house = useHouse();
const memoryFile = () => join(house().at.path, "state", "memory.json");
const written = () =>
  until("the memory is written", () => readdirSync(join(house().at.path, "state")).includes("memory.json"));

/** A group of three that was in effect, and a server that has stopped. */
async function stoppedServer() {
  const { at, launch, start } = house();
  at.declare("web", 3);
  await launch("web-0", "web-1", "web-2");
  const server = await start();
  await serving(server, 3);
  const { version } = await server.document();
  await server.stop();
  return version;
}

describe.concurrent("a server that is started again", () => {
  test("serves the two that are there, though three are declared: the group was in effect", async () => {
    await stoppedServer();
    const { driver, start } = house();
    await driver.stop("web-1");
    const server = await start();
    expect(await serving(server, 2)).toHaveLength(2);
    expect((await server.document()).headers.get("rollcall-stale")).toBeNull();
  });

  test("serves the same bytes while the daemon is down, marked, and is right again when it is back", async () => {
    const version = await stoppedServer();
    const { lxd, start, driver } = house();
    await driver.stop("web-1");
    await lxd.goAway();
    const server = await start();
    await serving(server, 3);
    const answer = await server.document();
    expect([answer.version, answer.headers.get("rollcall-stale")]).toEqual([version, "local"]);
    const { groups } = await server.status();
    expect(groups[0]?.replicas.map(({ state, reason }) => `${state} ${reason}`)).toEqual(
      Array(3).fill("kept not-read"),
    );
    await lxd.comeBack();
    await serving(server, 2);
    expect((await server.document()).headers.get("rollcall-stale")).toBeNull();
  });

  test("serves all that it can read of the memory while the daemon is down: one bad address costs that replica alone", async () => {
    await stoppedServer();
    const { lxd, start } = house();
    const memory = JSON.parse(readFileSync(memoryFile(), "utf8"));
    memory.memory.groups.web.members["web-1"] = "fe80::1%eth0";
    writeFileSync(memoryFile(), JSON.stringify(memory));
    await lxd.goAway();
    const server = await start();
    await serving(server, 2);
    expect(server.log()).toContain("memory.groups.web.members.web-1 can't be read and is left out");
  });

  // By itself: it is about time.
  test.sequential("waits 2 s at most for a daemon that hangs before it serves what it remembers", async () => {
    const version = await stoppedServer();
    const { lxd, start } = house();
    lxd.faults.hangAll = true;
    const began = performance.now();
    const server = await start();
    await serving(server, 3);
    // The listing itself is given up after 10 s.
    expect(performance.now() - began).toBeLessThan(9000);
    expect((await server.document()).version).toBe(version);
    lxd.faults.hangAll = false;
  });

  test("keeps what was declared though the files cannot be read", async () => {
    const version = await stoppedServer();
    const { at, start } = house();
    writeFileSync(join(at.path, "groups", "web.yaml"), "name: [web\n");
    const server = await start();
    await serving(server, 3);
    expect((await server.document()).version).toBe(version);
    expect((await server.status()).groupsDirectory.problem).toContain("the previous groups stay");
  });
});

describe.concurrent("the state directory", () => {
  test("is 0700 and its file 0600", async () => {
    await stoppedServer();
    expect(statSync(join(house().at.path, "state")).mode & 0o777).toBe(0o700);
    expect(statSync(memoryFile()).mode & 0o777).toBe(0o600);
  });

  test.each([
    ["damaged", '{"format":1,'],
    ["of another version", '{"format":99,"memory":{}}'],
    [
      "of another shape",
      '{"format":1,"memory":{"opened":true,"groups":{"web":{"roster":{},"members":{"web-0":"evil"}}}},"groups":[]}',
    ],
  ])(
    "with a file that is %s: a copy is set aside, it is said, and the roll call starts without memory",
    async (_, text) => {
      await stoppedServer();
      const { start, driver } = house();
      writeFileSync(memoryFile(), text);
      await driver.stop("web-1");
      const server = await start();
      await until("it is locked", async () => (await server.document()).body.includes('"stopped"'));
      expect((await server.document()).status).toBe(423);
      expect(server.log()).toContain(`${memoryFile()}`);
      expect(readFileSync(`${memoryFile()}.set-aside`, "utf8")).toBe(text);
    },
  );

  test("is refused when others can write to it, when it is a link, and when its file is a link or others can write to it", async () => {
    const { at, start } = house();
    at.declare("web", 1);
    const state = join(at.path, "state");
    mkdirSync(state, { mode: 0o700 });
    chmodSync(state, 0o777);
    await expect(start()).rejects.toThrow("can be written by others");
    chmodSync(state, 0o700);
    writeFileSync(join(at.path, "planted"), "{}");
    symlinkSync(join(at.path, "planted"), memoryFile());
    await expect(start()).rejects.toThrow("is a link, which is not followed");
    symlinkSync(state, join(at.path, "linked"));
    await expect(start({ state: "./linked" })).rejects.toThrow("is not a directory, or is a link");
    writeFileSync(join(at.path, "file"), "");
    await expect(start({ state: "./file" })).rejects.toThrow(/file/);
  });

  test.runIf(process.getuid?.() === 0)("is refused when another user owns it (as root only)", async () => {
    const { at, start } = house();
    at.declare("web", 1);
    const state = join(at.path, "state");
    mkdirSync(state, { mode: 0o700 });
    const { chownSync } = await import("node:fs");
    chownSync(state, 65534, 65534);
    await expect(start()).rejects.toThrow("belongs to user 65534");
  });

  test("that cannot be written is reported, and serving goes on", async () => {
    const { at, launch, start } = house();
    at.declare("web", 1);
    await launch("web-0");
    const server = await start();
    await serving(server, 1);
    await written();
    await until("nothing is being written", () => {
      try {
        mkdirSync(`${memoryFile()}.new`);
        return true;
      } catch {
        return false;
      }
    });
    at.declare("web", 2);
    await launch("web-1");
    await serving(server, 2);
    await until("it is said", async () => (await server.status()).stateDirectory.problem !== null);
    const answer = await fetch(`http://${server.admin}/readyz`);
    expect(((await answer.json()) as { memory: string }).memory).toContain("memory.json");
    expect(server.log()).toContain("the memory is not written");
    const metrics = await (await fetch(`http://${server.admin}/metrics`)).text();
    expect(metrics).toContain("rollcall_memory_last_write_successful 0");
  });
});
