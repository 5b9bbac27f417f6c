import { describe, expect, test } from "vitest";
import { answerOf, quick } from "../../embedded-daemon/quick.ts";
import { record } from "../contract/stream.ts";

describe("the inside of a guest", () => {
  test("a second address serves too, and is gone when it is removed", async () => {
    await using bench = await quick();
    const { lxd, driver, launched } = bench;
    const address = await launched("web-0");
    const other = address.replace(/\d+$/, "251");
    await lxd.guest("web-0").addAddress("eth0", other, 16);
    await lxd.guest("web-0").addAddress("docker0", "172.17.0.1", 16);
    const { network } = await driver.state("web-0");
    const inet = network?.eth0?.addresses.filter((each) => each.family === "inet");
    expect(inet?.map((each) => each.address)).toEqual([address, other]);
    expect(network?.docker0?.addresses[0]).toMatchObject({ address: "172.17.0.1", scope: "global" });
    expect(await answerOf(other)).toContain("web-0");
    lxd.guest("web-0").removeAddress("eth0", address);
    await expect(answerOf(address)).rejects.toThrow();
    expect(await answerOf(other)).toContain("web-0");
  });

  test("setInterfaces replaces what is listed", async () => {
    await using bench = await quick();
    const { lxd, driver, launched } = bench;
    const address = await launched("web-0");
    await lxd.guest("web-0").setInterfaces({ eth0: { addresses: [] } });
    const { network } = await driver.state("web-0");
    expect(Object.keys(network ?? {})).toEqual(["eth0"]);
    expect(network?.eth0?.hwaddr).toMatch(/^00:16:3e/);
    await expect(answerOf(address)).rejects.toThrow();
  });

  test("poweroff and crash are told as a shutdown, without an operation", async () => {
    await using bench = await quick();
    const { lxd, driver, launched } = bench;
    const stream = await record(lxd.socket);
    for (const end of ["poweroff", "crash"] as const) {
      await launched("web-0");
      const from = stream.events.length;
      await lxd.guest("web-0")[end]();
      await expect.poll(() => stream.events.length).toBe(from + 1);
      expect(stream.events[from]?.metadata).toEqual({ action: "instance-shutdown", source: "/1.0/instances/web-0" });
      await driver.remove("web-0");
    }
    stream.close();
  });

  test("setHealthy(false) makes /health a 503", async () => {
    await using bench = await quick();
    const { lxd, launched } = bench;
    const address = await launched("web-0");
    lxd.guest("web-0").setHealthy(false);
    expect((await fetch(`http://${address}:3000/health`)).status).toBe(503);
  });

  test("a second NIC has a MAC address of its own and no address", async () => {
    await using bench = await quick();
    const { driver, launched } = bench;
    await launched("web-0");
    await driver.setDevices("web-0", { eth1: { type: "nic", nictype: "bridged", parent: "br1", name: "eth1" } });
    const { network } = await driver.state("web-0");
    expect(network?.eth1?.addresses).toEqual([]);
    expect(network?.eth1?.hwaddr).not.toBe(network?.eth0?.hwaddr);
  });
});
