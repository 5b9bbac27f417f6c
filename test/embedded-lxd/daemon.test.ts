import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createEmbeddedLxd } from "../../embedded-lxd/daemon.ts";
import { createDriver, type Driver } from "../../embedded-lxd/driver.ts";
import { answerOf, bytesListed, quick } from "../../embedded-lxd/quick.ts";
import { pause, record } from "../contract/stream.ts";

/** Fifty at a time: an operation is forgotten 5 s after its end, and a busy machine may ask for it later than that. */
async function launchAll(driver: Driver, names: readonly string[]) {
  for (let n = 0; n < names.length; n += 50)
    await Promise.all(names.slice(n, n + 50).map((name) => driver.launch(name)));
}

describe("a fleet", () => {
  test("of 300 is launched quickly, each on its own address", async () => {
    await using bench = await quick();
    const { driver } = bench;
    const begun = performance.now();
    const names = Array.from({ length: 300 }, (_, index) => `web-${index}`);
    await launchAll(driver, names);
    const addresses = await Promise.all(names.map((name) => driver.waitForAddress(name)));
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(new Set(addresses).size).toBe(300);
    expect(await answerOf(addresses[299] ?? "")).toContain("web-299 ");
  });

  test("of 1,000 that don't serve is listed quickly", async () => {
    await using bench = await quick({ serve: false, addressDelay: 0 });
    const { lxd, driver } = bench;
    await launchAll(
      driver,
      Array.from({ length: 1000 }, (_, index) => `web-${index}`),
    );
    const times = [];
    // The best of many: a busy machine leaves one of them alone.
    for (let n = 0; n < 20; n += 1) {
      const begun = performance.now();
      expect(await bytesListed(lxd.socket)).toBeGreaterThan(2e6);
      times.push(performance.now() - begun);
    }
    expect(Math.min(...times)).toBeLessThan(200);
  });

  test("of a cluster is spread over its members", async () => {
    await using bench = await quick({ clustered: true, serve: false });
    const { driver } = bench;
    for (let n = 0; n < 3; n += 1) await driver.launch(`web-${n}`);
    expect((await driver.list()).map((each) => each.location).sort()).toEqual(["m1", "m2", "m3"]);
  });
});

describe("an end", () => {
  test("leaves no socket, no listener and no handle, whatever was going on", async () => {
    const before = handles();
    await using bench = await quick();
    const { lxd, driver, launched } = bench;
    const address = await launched("web-0");
    await driver.setConfig("web-0", { "environment.GRACE": "60" });
    await record(lxd.socket);
    lxd.faults.nextListing("hang");
    const abandoned = Promise.allSettled([
      driver.stop("web-0"),
      driver.list(),
      fetch(`http://${address}:3000/slow/60`),
    ]);
    await pause(50);
    await lxd.close();
    await abandoned;
    expect(existsSync(lxd.socket)).toBe(false);
    await expect(answerOf(address)).rejects.toThrow();
    await expect.poll(() => handles() - before).toBeLessThanOrEqual(0);
  });

  test("two daemons side by side give out different addresses", async () => {
    await using bench = await quick({ firstBlock: 7 });
    const { launched } = bench;
    const address = await launched("web-0");
    await using other = await createEmbeddedLxd({ firstBlock: 7 });
    const another = createDriver(other.socket);
    await another.launch("web-0");
    expect(await another.waitForAddress("web-0")).not.toBe(address);
    await another.close();
  });
});

/** What keeps the process alive: servers, sockets and timers. */
function handles(): number {
  const kinds = ["PipeServerWrap", "PipeWrap", "TCPServerWrap", "Timeout"];
  return process.getActiveResourcesInfo().filter((kind) => kinds.includes(kind)).length;
}
