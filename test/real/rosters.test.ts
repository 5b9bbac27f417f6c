import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tags } from "../../shared/tags.ts";
import { realLxd, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

/** A group whose file differs from what runs, while its replicas come and go. */

const { socket, missing } = await realLxd();

describe.skipIf(missing !== undefined)(titled("a pending roster, on real LXD", missing), () => {
  let stage: Stage;
  let server: Rollcall;
  beforeEach(async () => {
    stage = await openStage({ socket, project: "rollcall-rosters", binary: "" });
  });
  afterEach(() => stage?.close());

  const waiting = async () => (await server.document()).headers.get("rollcall-waiting");
  const addressOf = async (name: string) => {
    const rows = (await server.status()).groups[0]?.replicas ?? [];
    return rows.find(({ replica }) => replica === name)?.address ?? undefined;
  };

  test("with 3 to 5 pending, restarted replicas are members again, one of them at a new address", async () => {
    stage.declare("web", 3);
    await stage.launch(["web-0", "web-1", "web-2"]);
    server = await stage.serve();
    await documentHas(server, 3);
    stage.declare("web", 5);
    await stage.driver.create("web-3", { config: { [tags.group]: "web" } });
    await stage.launch(["web-4"]);
    await until("web-3 is waited for", async () => (await waiting()) === "web-3");
    const before = await addressOf("web-1");
    const free = await freeAddress(stage);

    for (const name of ["web-0", "web-1", "web-2"]) {
      await stage.driver.stop(name);
      await documentHas(server, 2);
      if (name === "web-1")
        await stage.driver.setDevices(name, { eth0: { ...free.nic, "ipv4.address": free.address } });
      await stage.driver.start(name);
      await documentHas(server, 3);
    }
    expect(await waiting()).toBe("web-3");
    const rows = (await server.status()).groups[0]?.replicas ?? [];
    expect(rows.map(({ replica, state, reason }) => [replica, state, reason])).toEqual([
      ["web-0", "member", null],
      ["web-1", "member", null],
      ["web-2", "member", null],
      ["web-3", "absent", "stopped"],
      ["web-4", "ready", null],
    ]);
    expect(await addressOf("web-1")).toBe(free.address);
    expect(before).not.toBe(free.address);
    for (const url of (await server.servers("web")) ?? []) expect((await fetch(url)).status).toBe(200);
  });

  test("5 to 2 with web-1 down: web-2 to web-4 leave at once", async () => {
    const names = ["web-0", "web-1", "web-2", "web-3", "web-4"];
    stage.declare("web", 5);
    await stage.launch(names);
    server = await stage.serve();
    await documentHas(server, 5);
    await stage.driver.stop("web-1");
    await documentHas(server, 4);
    stage.declare("web", 2);
    const [left] = await documentHas(server, 1);
    expect(left).toBe(`http://${await addressOf("web-0")}:3000`);
    expect(await waiting()).toBe("web-1");
    const rows = (await server.status()).groups[0]?.replicas ?? [];
    expect(rows.filter(({ state }) => state === "surplus").map(({ replica }) => replica)).toEqual(names.slice(2));
    await stage.driver.start("web-1");
    await documentHas(server, 2);
    expect(await waiting()).toBeNull();
  });
});

/** The default profile's NIC, and an address of its bridge that DHCP is not likely to have given. */
async function freeAddress({ driver }: Stage) {
  const { devices } = (await driver.ask("GET", "/profiles/default")) as {
    devices: Record<string, Record<string, string>>;
  };
  const nic = devices.eth0 ?? {};
  const { config } = (await driver.ask("GET", `/networks/${nic.network}`)) as { config: Record<string, string> };
  return { nic, address: `${config["ipv4.address"]?.replace(/\.\d+\/\d+$/, "")}.253` };
}
