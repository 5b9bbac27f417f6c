import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realDaemonOfEach, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

/** What root inside a container adds to its network, and a second NIC, don't change where it is served. */

for (const { socket, title, missing } of await realDaemonOfEach())
  describe.skipIf(missing !== undefined)(titled(`the chosen address, on real ${title}`, missing), () => {
    let stage: Stage;
    let server: Rollcall;
    let urls: string[];
    beforeAll(async () => {
      stage = await openStage({ socket, project: "rollcall-addresses", binary: "" });
      stage.declare("web", 2);
      await stage.launch(["web-0", "web-1"]);
      server = await stage.serve();
      urls = await documentHas(server, 2);
    });
    afterAll(() => stage?.close());

    const shown = async (name: string) => {
      const { network } = await stage.driver.state(name);
      return Object.values(network ?? {}).flatMap(({ addresses }) => addresses.map(({ address }) => address));
    };
    /** Makes the server list again, and returns the addresses that it then serves. */
    async function servedAfterALook() {
      const before = (await server.status()).sources[0]?.lastLook;
      await stage.driver.setConfig("web-0", { "user.note": String(Math.random()) });
      await until("it looked again", async () => (await server.status()).sources[0]?.lastLook !== before);
      // That look may have begun before: the next one has not.
      const again = (await server.status()).sources[0]?.lastLook;
      await stage.driver.setConfig("web-0", { "user.note": "" });
      await until("and again", async () => (await server.status()).sources[0]?.lastLook !== again);
      return await server.servers("web");
    }

    test("a bridge like Docker's is passed over", async () => {
      await stage.inside(
        "web-0",
        "ip link add docker0 type bridge",
        "ip addr add 172.17.0.1/16 dev docker0",
        "ip link set docker0 up",
      );
      expect(await shown("web-0")).toContain("172.17.0.1");
      expect(await servedAfterALook()).toEqual(urls);
    });

    test("an interface that pairs with another one inside is passed over", async () => {
      await stage.inside(
        "web-0",
        "ip link add a0 type veth peer name a1",
        "ip addr add 10.0.3.1/24 dev a0",
        "ip link set a0 up",
        "ip link set a1 up",
      );
      expect(await shown("web-0")).toContain("10.0.3.1");
      expect(await servedAfterALook()).toEqual(urls);
    });

    test("an address of another subnet on eth0 is passed over, even as the only one", async () => {
      await stage.inside("web-0", "ip addr add 192.168.77.7/24 dev eth0");
      expect(await shown("web-0")).toContain("192.168.77.7");
      expect(await servedAfterALook()).toEqual(urls);
      const own = new URL(urls[0] ?? "").hostname;
      await stage.inside("web-0", `ip addr del ${own}/24 dev eth0`);
      await servedAfterALook();
      expect(await documentHas(server, 1)).toEqual([urls[1]]);
      const row = (await server.status()).groups[0]?.replicas[0];
      expect(row).toMatchObject({
        state: "absent",
        reason: "no-address",
        detail: expect.stringContaining("192.168.77.7"),
      });
      await stage.inside("web-0", `ip addr add ${own}/24 dev eth0`);
      await servedAfterALook();
      expect(await documentHas(server, 2)).toEqual(urls);
    });

    test("a second NIC is passed over, though its name comes first", async () => {
      await stage.driver.setDevices("web-1", { aux: { type: "nic", nictype: "p2p", name: "aux0" } });
      await stage.inside("web-1", "ip addr add 10.99.0.2/24 dev aux0", "ip link set aux0 up");
      expect(await shown("web-1")).toContain("10.99.0.2");
      expect(await servedAfterALook()).toEqual(urls);
    });
  });
