import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freePort } from "../../lab/demo/free-port.ts";
import { tell } from "../support/measure.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { serving, useHouse } from "../support/server/house.ts";
import { findTraefik, startTraefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** What Traefiks of several versions say at their API is understood: which document they run, and what they turned off. */

const { missing } = await realTraefik("3.7.15");
const house = useHouse();

describe.skipIf(missing !== undefined)(titled("traefik.api", missing), () => {
  test.each(["3.7.15", "3.5.3", "3.0.4"])("of Traefik %s", { timeout: 120_000 }, async (version) => {
    const { at, launch, start, driver } = house();
    at.declare("web", 3);
    at.declare("off", 1);
    await launch("web-0", "web-1", "web-2", "off-0");
    const found = await findTraefik(version);
    if (!("binary" in found)) throw new Error(found.reason);
    const listen = `127.0.0.1:${await freePort()}`;
    const flags = ["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"];
    const traefik = await startTraefik({
      binary: found.binary,
      endpoint: `http://${listen}/traefik?name=edge1`,
      flags,
    });
    try {
      const server = await start({
        provider: { listen },
        traefik: { version: "3.0", api: { url: traefik.apiUrl, name: "edge1" } },
      });
      await serving(server, 3);
      const row = async () => (await server.status()).traefiks[0];
      const runsNewest = async () => {
        const { ordinal, traefiks } = await server.status();
        return traefiks[0]?.applied === ordinal && ordinal;
      };
      const first = await until("it runs the first", runsNewest);
      const began = performance.now();
      await driver.stop("web-1");
      await serving(server, 2);
      const second = await until("it runs the second", runsNewest);
      tell(`Traefik ${version}: a stop is seen to be applied after ${Math.round(performance.now() - began)} ms`);
      expect(second).toBeGreaterThan(first);
      expect(await traefik.servers("web")).toHaveLength(2);
      const { pollers } = await server.status();
      expect(pollers.find(({ name }) => name === "edge1")).toMatchObject({
        live: true,
        given: second,
        applied: second,
      });
      expect((await row())?.off).toEqual([]);
      // An entry point that this Traefik does not have: the router is off.
      writeFileSync(
        join(at.path, "groups", "off.yaml"),
        'name: off\nreplicas: 1\nservice: { port: 3000 }\nrouter: { rule: "Host(`off.localhost`)", entryPoints: [nope] }\n',
      );
      const off = await until("the router that is off is named", async () => {
        const now = await row();
        return now?.off.length === 1 && now.off[0];
      });
      expect(off).toMatchObject({ kind: "http.routers", name: "off", reason: expect.stringMatching(/nope/) });
      tell(`Traefik ${version}: ${JSON.stringify(off)}`);
      // A Traefik that is stopped keeps its connection, and counts as gone after 15 s.
      traefik.signal("SIGSTOP");
      await driver.stop("web-2");
      await until("its API counts as gone", async () => (await row())?.answering === false, 40_000);
      await until(
        "its polls do too",
        async () => (await server.status()).pollers.every(({ name }) => name !== "edge1"),
        40_000,
      );
      traefik.signal("SIGCONT");
      await until("it runs the newest again", runsNewest, 40_000);
      expect((await row())?.answering).toBe(true);
    } finally {
      traefik.signal("SIGCONT");
      await traefik.stop();
    }
  });
});
