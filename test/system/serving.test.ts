import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { pause, serving, useHouse } from "../support/server/house.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

const house = useHouse();

describe("from nothing", () => {
  test("it is locked and names the missing replicas, and unlocks when the last replica has an address", async () => {
    const { at, launch, start } = house();
    at.declare("web", 3);
    await launch("web-0", "web-1");
    const server = await start();
    const locked = await until("two of three", async () => {
      const answer = JSON.parse((await server.document()).body) as { status: number; waiting: object[] };
      return answer.waiting.length === 1 && answer;
    });
    expect(locked.status).toBe(423);
    const detail = "project default of source local has no instance of that name";
    expect(locked.waiting).toEqual([{ group: "web", replica: "web-2", reason: "missing", detail }]);
    await launch("web-2");
    const servers = await serving(server, 3);
    const answers = await Promise.all(servers.map(async (url) => (await fetch(url)).text()));
    expect(answers.map((answer) => answer.split(" ")[0])).toEqual(["web-0", "web-1", "web-2"]);
  });

  test("without any group file it is 423, names the directory, and takes up the first file", async () => {
    const { at, launch, start } = house();
    const server = await start();
    const directory = join(at.path, "groups");
    // Before the first listing the files are not looked at.
    await until("the files count", async () => (await server.status()).groupsDirectory.problem !== null);
    const { status, body } = await until("the roll is called", async () => {
      const answer = await server.document();
      return !answer.body.includes('"missing"') && answer;
    });
    expect(status).toBe(423);
    expect(JSON.parse(body).waiting).toEqual([
      { group: null, replica: null, reason: "error", detail: expect.stringContaining(directory) },
    ]);
    await launch("web-0");
    at.declare("web", 1);
    await serving(server, 1);
  });
});

describe("a serving group", () => {
  let server: Rollcall;
  beforeEach(async () => {
    const { at, launch, start } = house();
    at.declare("web", 3);
    await launch("web-0", "web-1", "web-2");
    server = await start();
    await serving(server, 3);
  });

  test("loses a replica that stops and gets it back", async () => {
    await house().driver.stop("web-1");
    await serving(server, 2);
    await house().driver.start("web-1");
    await serving(server, 3);
  });

  test("has older images as soon as the alias leads to a new one, and serves them as before", async () => {
    const { at, driver } = house();
    at.declare("web", 3, "instance: { image: web }\n");
    await driver.setConfig("web-0", { "user.rollcall.spec": "0" });
    const image = async () => (await server.status()).groups[0]?.replicas[0]?.image;
    await until("it is current", async () => (await image()) === "current");
    const { target } = (await driver.ask("GET", "/images/aliases/web-v2")) as { target: string };
    const before = (await server.document()).version;
    await driver.ask("PUT", "/images/aliases/web", { target });
    await until("it is older", async () => (await image()) === "older");
    expect((await server.document()).version).toBe(before);
  });

  test("publishes no new version for a snapshot of every replica", async () => {
    const { version } = await server.document();
    const before = server.log().match(/"published"/g)?.length;
    await Promise.all(["web-0", "web-1", "web-2"].map((name) => house().driver.snapshot(name)));
    await pause(500);
    expect((await server.document()).version).toBe(version);
    expect(server.log().match(/"published"/g)?.length).toBe(before);
  });

  test("loses a replica that stays frozen", async () => {
    await house().driver.freeze("web-1");
    await serving(server, 2);
    await house().driver.unfreeze("web-1");
    await serving(server, 3);
  });

  test("grows when the file does, and only when all are there", async () => {
    const { at, launch } = house();
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

  test("keeps the address that was chosen, whatever a guest adds to its interfaces", async () => {
    const { lxd, driver } = house();
    const { version } = await server.document();
    const guest = lxd.guest("web-1");
    await guest.addAddress("eth0", "192.168.99.9", 24);
    await guest.addAddress("docker0", "172.17.0.1", 16);
    await driver.setConfig("web-1", { "user.note": "look again" });
    await pause(400);
    expect((await server.document()).version).toBe(version);
  });
});
