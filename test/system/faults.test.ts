import { describe, expect, test } from "vitest";
import { createDriver } from "../../embedded-daemon/driver.ts";
import { pause, serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";
import { useEach } from "../support/use-each.ts";

const house = useHouse();

describe.concurrent("a serving group keeps its version, and the fault is reported", () => {
  const served = useEach(async () => {
    const { at, launch, start } = house();
    at.declare("web", 2);
    await launch("web-0", "web-1");
    const server = await start();
    await serving(server, 2);
    return { server, version: (await server.document()).version };
  });
  const source = async () => (await served().server.status()).sources[0];
  const readyz = async () => {
    const answer = await fetch(`http://${served().server.admin}/readyz`);
    return { status: answer.status, stale: ((await answer.json()) as { stale: { problem: string }[] }).stale };
  };

  test.each(["error-500", "cut", "not-json", "wrong-shape"] as const)("through a listing that is %s", async (fault) => {
    const { server, version } = served();
    const { lxd, driver } = house();
    lxd.faults.nextListing(fault, 3);
    await driver.setConfig("web-0", { "user.note": fault });
    const problem = await until("the fault is said", async () => (await source())?.problem ?? undefined);
    expect(problem).toContain("GET /1.0/instances?recursion=2&fields=state.network&project=default");
    const { version: same, headers } = await server.document();
    expect(same).toBe(version);
    expect(headers.get("rollcall-stale")).toBe("local");
    expect(await readyz()).toMatchObject({ status: 200, stale: [{ problem }] });
    await until("it recovers", async () => (await source())?.problem === null);
    expect((await server.document()).headers.get("rollcall-stale")).toBeNull();
    expect((await server.document()).version).toBe(version);
  });

  test("while the daemon is away, and what happened meanwhile is seen when it is back", async () => {
    const { server, version } = served();
    const { lxd, launch, at } = house();
    await lxd.goAway();
    const problem = await until("it is said", async () => (await source())?.problem ?? undefined);
    expect(problem).toContain("nothing listens at");
    expect((await readyz()).status).toBe(200);
    expect((await server.document()).version).toBe(version);
    await lxd.comeBack();
    await until("it recovers", async () => (await source())?.up && (await source())?.events === "up");
    expect((await server.document()).version).toBe(version);
    at.declare("web", 3);
    await launch("web-2");
    await serving(server, 3);
  });

  test("when the event stream is cut, and events are heard again", async () => {
    const { server, version } = served();
    const { lxd, driver } = house();
    lxd.faults.dropStreams();
    await until("it is open again", async () => lxd.counts.streams === 2 && lxd.counts.openStreams === 1);
    expect((await server.document()).version).toBe(version);
    await driver.stop("web-1");
    await serving(server, 1);
  });

  test("without any event stream: a change is found by looking", async () => {
    const { server } = served();
    const { lxd, driver } = house();
    lxd.faults.refuseStreams = true;
    lxd.faults.dropStreams();
    await until("it is said", async () => (await source())?.events === "down");
    await pause(300);
    await driver.stop("web-1");
    await until("the stop is seen", async () => (await server.servers("web"))?.length === 1, 12_000);
  });

  test("with events out of order", async () => {
    const { server, version } = served();
    const { lxd, driver } = house();
    lxd.faults.reorderEvents = true;
    for (let i = 0; i < 5; i++) {
      await driver.stop("web-1");
      await driver.start("web-1");
    }
    await serving(server, 2);
    expect((await server.document()).version).toBe(version);
  });

  test("when LXD shows an instance only as the stub of an offline member", async () => {
    const { server, version } = served();
    const { lxd, driver } = house();
    lxd.faults.errorStubs.add("web-1");
    await driver.setConfig("web-0", { "user.note": "look" });
    const row = () => server.status().then(({ groups }) => groups[0]?.replicas[1]);
    await until("it is said", async () => (await row())?.reason === "unconfirmed");
    expect((await row())?.state).toBe("kept");
    expect((await server.document()).version).toBe(version);
  });
});

test.concurrent("never more than one listing is in flight, and a burst of changes costs few of them", async () => {
  const { at, lxd, driver, launch, start } = house();
  const names = Array.from({ length: 12 }, (_, i) => `web-${i}`);
  at.declare("web", 12);
  await launch(...names);
  const server = await start();
  await serving(server, 12);
  lxd.faults.listingDelay = 40;
  const before = lxd.counts.listings;
  const began = performance.now();
  await Promise.all(names.map((name) => driver.restart(name)));
  await pause(600);
  await serving(server, 12);
  const span = performance.now() - began;
  expect(lxd.counts.maxListingsInFlight).toBe(1);
  // A look, then at least 100 ms before the next; the chase after addresses has a pace of its own.
  expect(lxd.counts.listings - before).toBeLessThan(span / 80 + 3);
});

test.concurrent("a daemon that hangs is noticed, and what is served stays", async () => {
  const { at, lxd, launch, start, driver } = house();
  at.declare("web", 1);
  await launch("web-0");
  const server = await start();
  await serving(server, 1);
  await driver.setConfig("web-0", { "user.note": "look" });
  lxd.faults.nextListing("hang", 1);
  await driver.setConfig("web-0", { "user.note": "look again" });
  await until("it is said", () => server.log().includes("no whole answer within 10 s"));
  expect(await server.servers("web")).toHaveLength(1);
  await until("it recovers", async () => (await server.status()).sources[0]?.problem === null);
});

describe.concurrent("a project that is not there", () => {
  const sources = () => [{ name: "local", url: `unix://${house().lxd.socket}`, projects: ["default", "shop"] }];
  const inShop = "project: shop\n";

  test("is reported in LXD's words, though LXD lists no instance for it without an error, and the others are served", async () => {
    const { at, launch, start } = house();
    at.declare("web", 1);
    await launch("web-0");
    const server = await start({ sources: sources(), gate: { minimum: "1%" } });
    await serving(server, 1);
    at.declare("shop", 2, inShop);
    const rows = () => server.status().then(({ groups }) => groups.find(({ name }) => name === "shop")?.replicas ?? []);
    await until("it is not read", async () => (await rows())[0]?.reason === "not-read");
    expect((await rows()).map(({ detail }) => detail)).toEqual(["see source local", "see source local"]);
    expect((await server.status()).stale).toEqual([
      { source: "local", project: "shop", problem: expect.stringMatching(/^GET \/1\.0\/projects\/shop: 404 /) },
    ]);
    expect(await server.servers("web")).toHaveLength(1);
    expect(await server.servers("shop")).toBeUndefined();
  });

  test("any more removes no replica: its empty listing is not believed", async () => {
    const { at, lxd, start } = house();
    const shop = createDriver(lxd.socket, { project: "shop" });
    try {
      await shop.createProject("shop", {});
      at.declare("shop", 1, inShop);
      await shop.launch("shop-0", { config: { "user.rollcall.group": "shop" } });
      const server = await start({ sources: sources() });
      await serving(server, 1, "shop");
      const { version } = await server.document();
      // No look finds the instance leaving, nor a project that is still there and really has none.
      lxd.faults.refuseOperations = true;
      lxd.faults.everyListing = "error-500";
      await shop.remove("shop-0");
      await shop.removeProject("shop");
      lxd.faults.everyListing = undefined;
      at.declare("shop", 1, `${inShop}nic: eth0\n`);
      await until("it is said", async () => (await server.status()).sources[0]?.problem?.includes("projects/shop"));
      expect((await server.status()).groups[0]?.replicas.map(({ state }) => state)).toEqual(["kept"]);
      expect((await server.document()).version).toBe(version);
    } finally {
      await shop.close();
    }
  });
});
