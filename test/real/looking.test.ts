import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDriver, type Driver } from "../../embedded-daemon/driver.ts";
import { pause, tell } from "../support/measure.ts";
import { openUnixProxy, type UnixProxy } from "../support/network/unix-proxy.ts";
import { realLxd, titled } from "../support/real/parts.ts";
import { watchSource } from "../support/server/source.ts";
import { until } from "../support/until.ts";

/** How much a change makes a real daemon read: counted in requests, through a proxy before its socket. */

const { socket, missing } = await realLxd();
const project = "rollcall-looking";
const names = Array.from({ length: 10 }, (_, index) => `web-${index}`);

describe.skipIf(missing !== undefined)(titled("looking at a real LXD", missing), () => {
  let driver: Driver;
  let proxy: UnixProxy;
  const clear = async () => {
    for (const { name } of await driver.list()) await driver.remove(name);
    await driver.removeProject(project);
  };
  beforeAll(async () => {
    driver = createDriver(socket, { project });
    await clear().catch(() => {});
    await driver.createProject(project);
    proxy = await openUnixProxy(socket);
    await Promise.all(names.map((name) => driver.launch(name)));
    await Promise.all(names.map((name) => driver.waitForAddress(name, 30_000)));
  }, 120_000);
  afterAll(async () => {
    await clear();
    await driver.close();
    await proxy.close();
  }, 60_000);

  test("a change among ten instances is read alone; what was stopped, started, renamed and deleted too", async () => {
    await using watched = watchSource(proxy.socket, { projects: [project] });
    await until("all are seen", () => names.every((name) => watched.instance(name)?.nics[0]?.addresses.length));
    await until("events come", () => watched.source.status().eventsProblem === undefined);
    await pause(1000);
    const before = proxy.asked().length;
    const listings = () =>
      proxy
        .asked()
        .slice(before)
        .filter((path) => path.startsWith("/1.0/instances?")).length;
    const singles = () =>
      proxy
        .asked()
        .slice(before)
        .filter((path) => path.startsWith("/1.0/instances/")).length;

    await driver.setConfig("web-3", { "user.note": "new" });
    await until("the change is seen", () => watched.instance("web-3")?.keys["user.note"] === "new");
    expect([listings(), singles()]).toEqual([0, 1]);

    await driver.stop("web-4", { force: true });
    await until("the stop is seen", () => watched.instance("web-4")?.state === "stopped");
    await driver.ask("POST", `/instances/web-4?project=${project}`, { name: "api-0" });
    await until("the new name is seen", () => watched.instance("api-0") && !watched.instance("web-4"));
    await driver.start("api-0");
    watched.source.chase(["api-0"]);
    await until("it runs", () => watched.instance("api-0")?.nics[0]?.addresses.length);
    await driver.remove("web-5");
    await until("the deletion is seen", () => watched.instance("web-5") === undefined);
    tell(`six changes among ten instances: ${singles()} read alone, ${listings()} listings`);
    // A busy machine may have sent several events within one look.
    expect(listings()).toBeLessThanOrEqual(1);
    expect(watched.listing()?.instances?.size).toBe(9);
  });
});
