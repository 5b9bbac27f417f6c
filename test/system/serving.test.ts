import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tell } from "../support/measure.ts";
import { pause, serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";
import { useEach } from "../support/use-each.ts";

const house = useHouse();

describe.concurrent("from nothing", () => {
  test("it is locked and names the missing replicas, and unlocks when the last replica has an address", async () => {
    const { at, launch, start } = house();
    at.declare("web", 3);
    await launch("web-0", "web-1");
    const server = await start();
    const locked = await until("two of three", async () => {
      const answer = JSON.parse((await server.document()).body) as { status: number; waiting: { replica: unknown }[] };
      return answer.waiting.length === 1 && answer.waiting[0]?.replica !== null && answer;
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

test.concurrent("a daemon that answers 0.7 s late, and a replica that gets its address after 5 s, do not cost a minute of 423", async () => {
  /** The next look that is not asked for comes after a minute. */
  const resync = 60_000;
  const { lxd, at, launch, start } = house();
  at.declare("web", 1);
  lxd.faults.addressDelay = 5000;
  await launch("web-0");
  await lxd.goAway();
  const began = performance.now();
  const [server] = await Promise.all([start(), pause(700).then(() => lxd.comeBack())]);
  await serving(server, 1, "web", resync);
  const took = performance.now() - began;
  tell(`a daemon 0.7 s late, an address after 5 s: 200 after ${(took / 1000).toFixed(1)} s`);
  expect(took).toBeLessThan(0.7 * resync);
}, 90_000);

describe.concurrent("a serving group", () => {
  const served = useEach(async () => {
    const { at, launch, start } = house();
    at.declare("web", 3);
    await launch("web-0", "web-1", "web-2");
    const server = await start();
    await serving(server, 3);
    return server;
  });

  test("loses a replica that stops and gets it back", async () => {
    const server = served();
    await house().driver.stop("web-1");
    await serving(server, 2);
    await house().driver.start("web-1");
    await serving(server, 3);
  });

  test("has older images as soon as the alias leads to a new one, and serves them as before", async () => {
    const server = served();
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
    const server = served();
    const { version } = await server.document();
    const before = server.log().match(/"published"/g)?.length;
    await Promise.all(["web-0", "web-1", "web-2"].map((name) => house().driver.snapshot(name)));
    await pause(500);
    expect((await server.document()).version).toBe(version);
    expect(server.log().match(/"published"/g)?.length).toBe(before);
  });

  test("loses a replica that stays frozen", async () => {
    const server = served();
    await house().driver.freeze("web-1");
    await serving(server, 2);
    await house().driver.unfreeze("web-1");
    await serving(server, 3);
  });

  test("grows when the file does, and only when all are there", async () => {
    const server = served();
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
    const server = served();
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
