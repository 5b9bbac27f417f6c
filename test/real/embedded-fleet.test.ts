import { describe, expect, test } from "vitest";
import type { Driver } from "../../embedded-daemon/driver.ts";
import { answerOf, bytesListed, quick } from "../../embedded-daemon/quick.ts";

/** Fifty at a time: an operation is forgotten 5 s after its end, and a busy machine may ask for it later than that. */
async function launchAll(driver: Driver, names: readonly string[]) {
  for (let n = 0; n < names.length; n += 50)
    await Promise.all(names.slice(n, n + 50).map((name) => driver.launch(name)));
}

describe("the embedded daemon's fleet", () => {
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
});
