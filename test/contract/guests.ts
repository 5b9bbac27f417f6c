import { describe, expect, test } from "vitest";
import { type Bench, PREFIX } from "./contract.ts";
import { pause } from "./stream.ts";

/** What an instance's own web server does. */
export function guestFacts(bench: Bench): void {
  const { still } = bench;
  const url = (address: string, path = "/") => `http://${address}:${bench.guestPort}${path}`;
  const text = async (where: string) => (await fetch(where)).text();

  describe("an instance", () => {
    test("answers with its name, its address and the version of its image", async () => {
      const address = await bench.driver.waitForAddress(still);
      expect(await text(url(address))).toBe(`${still} ${address} v1\n`);
    });

    test("says that it is healthy, and answers slowly when asked to", async () => {
      const address = await bench.driver.waitForAddress(still);
      const health = await fetch(url(address, "/health"));
      expect([health.status, await health.text()]).toEqual([200, "ok\n"]);
      const begun = performance.now();
      expect(await text(url(address, "/slow/1"))).toBe(`${still} ${address} v1\n`);
      expect(performance.now() - begun).toBeGreaterThan(950);
    });

    test("of the image web-v2 says so", async () => {
      const name = `${PREFIX}v2`;
      await bench.driver.launch(name, { image: "web-v2" });
      const address = await bench.driver.waitForAddress(name);
      expect(await text(url(address))).toBe(`${name} ${address} v2\n`);
      await bench.driver.remove(name);
    });

    test("keeps its address across a restart and across stop and start", async () => {
      const name = `${PREFIX}lease`;
      await bench.driver.launch(name);
      const address = await bench.driver.waitForAddress(name);
      await bench.driver.restart(name, { force: true });
      expect(await bench.driver.waitForAddress(name)).toBe(address);
      await bench.driver.stop(name, { force: true });
      await bench.driver.start(name);
      expect(await bench.driver.waitForAddress(name)).toBe(address);
      await bench.driver.remove(name);
    });

    test("serves on for GRACE seconds of a graceful stop, listed as Running until it is dead", async () => {
      const name = `${PREFIX}grace`;
      await bench.driver.launch(name, { config: { "environment.GRACE": "2" } });
      const address = await bench.driver.waitForAddress(name);
      const begun = performance.now();
      const stopping = bench.driver.stop(name);
      await pause(300);
      expect(await text(url(address))).toBe(`${name} ${address} v1\n`);
      expect((await bench.driver.state(name)).status).toBe("Running");
      await stopping;
      expect(performance.now() - begun).toBeGreaterThan(950);
      expect((await bench.driver.state(name)).status).toBe("Stopped");
      await expect(fetch(url(address), { signal: AbortSignal.timeout(500) })).rejects.toThrow();
      await bench.driver.remove(name);
    });

    test("opens its port PORT_AFTER seconds after its address, and says 503 until HEALTH_AFTER", async () => {
      const name = `${PREFIX}late`;
      const late = { "environment.PORT_AFTER": "2", "environment.HEALTH_AFTER": "4" };
      await bench.driver.launch(name, { config: late });
      const address = await bench.driver.waitForAddress(name);
      await expect(fetch(url(address))).rejects.toThrow();
      const answered: string[] = [];
      const answer = async () =>
        `${(await fetch(url(address, "/health")).catch(() => undefined))?.status ?? "refused"}`;
      while (answered.at(-1) !== "200") {
        const now = await answer();
        if (now !== answered.at(-1)) answered.push(now);
        await pause(50);
      }
      expect(answered).toEqual(["refused", "503", "200"]);
      await bench.driver.remove(name);
    });

    test("is gone at once in a forced stop, and what it was answering is cut", async () => {
      const name = `${PREFIX}force`;
      await bench.driver.launch(name, { config: { "environment.GRACE": "30" } });
      const address = await bench.driver.waitForAddress(name);
      const slow = fetch(url(address, "/slow/30"), { signal: AbortSignal.timeout(20_000) });
      await pause(200);
      const begun = performance.now();
      const [cut] = await Promise.allSettled([slow, bench.driver.stop(name, { force: true })]);
      expect(cut.status).toBe("rejected");
      expect(performance.now() - begun).toBeLessThan(18_000);
      await bench.driver.remove(name);
    });

    test("answers only when thawed while it is frozen, and keeps its addresses", async () => {
      const name = `${PREFIX}ice`;
      await bench.driver.launch(name);
      const address = await bench.driver.waitForAddress(name);
      await bench.driver.freeze(name);
      const frozen = (await bench.driver.list()).find((each) => each.name === name);
      expect(frozen).toMatchObject({ status: "Frozen", status_code: 110, state: { status_code: 110 } });
      expect(frozen?.state?.network?.eth0?.addresses[0]?.address).toBe(address);
      const answer = text(url(address));
      const first = await Promise.race([answer, pause(300).then(() => "nothing yet")]);
      expect(first).toBe("nothing yet");
      await bench.driver.unfreeze(name);
      expect(await answer).toBe(`${name} ${address} v1\n`);
      await bench.driver.remove(name);
    });
  });
}
