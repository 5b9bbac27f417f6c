import { describe, expect, test } from "vitest";
import type { WireInstance, WireInstanceFull } from "../../embedded-daemon/shapes.ts";
import { createClient } from "../../server/platform/client.ts";
import { baseImageOf, imageNamed, readInventory } from "../../server/platform/inventory.ts";
import type { Bench } from "./contract.ts";

/** What a listing says. */
export function listingFacts(bench: Bench): void {
  const get = (path: string) => bench.driver.ask("GET", path);

  async function full(): Promise<WireInstanceFull> {
    const list = (await get(`/instances?recursion=2&${bench.inProject}`)) as WireInstanceFull[];
    return list.find((each) => each.name === bench.still) as WireInstanceFull;
  }

  describe("a listing", () => {
    test("the server says which platform it is, in a version that is known, and trusts the socket", async () => {
      const server = (await get("")) as {
        auth: string;
        environment: Record<string, unknown>;
        api_extensions: string[];
      };
      expect(server.auth).toBe("trusted");
      expect(server.environment.server).toBe(bench.platform);
      expect(server.environment.server_version).toMatch(bench.differences.version);
      expect(server.environment.server_clustered).toBe(false);
      expect(server.api_extensions).toEqual(
        expect.arrayContaining(["instance_all_projects", "event_location", "event_project", "instance_get_full"]),
      );
    });

    test("with recursion=2 has config, expanded config, devices and state of every instance", async () => {
      const instance = await full();
      expect(instance).toMatchObject({
        architecture: "x86_64",
        backups: null,
        description: "",
        devices: {},
        ephemeral: false,
        location: "none",
        profiles: ["default"],
        project: bench.project,
        snapshots: null,
        stateful: false,
        status: "Running",
        status_code: 103,
        type: "container",
      });
      expect(instance.config).toMatchObject({ "user.rollcall.group": "contract" });
      expect(instance.expanded_config).toMatchObject({ "user.rollcall.group": "contract" });
      expect(instance.state).toMatchObject({ status: "Running", status_code: 103 });
      expect(instance.state?.pid).toBeGreaterThan(0);
      expect(Date.parse(instance.created_at)).toBeGreaterThan(0);
    });

    test("expanded devices have what the default profile adds, own devices do not", async () => {
      const instance = await full();
      expect(instance.devices).toEqual({});
      expect(instance.expanded_devices?.eth0).toMatchObject({ type: "nic", name: "eth0" });
      expect(instance.expanded_devices?.root).toMatchObject({ type: "disk", path: "/" });
    });

    test("the MAC address of eth0 is the one in config, and an address's prefix is text", async () => {
      const instance = await full();
      const eth0 = instance.state?.network?.eth0;
      expect(eth0?.hwaddr).toMatch(bench.differences.mac);
      expect(eth0?.hwaddr).toBe(instance.config?.["volatile.eth0.hwaddr"]);
      expect(eth0?.host_name).toBe(instance.config?.["volatile.eth0.host_name"]);
      expect(eth0).toMatchObject({ mtu: 1500, state: "up", type: "broadcast" });
      const first = eth0?.addresses[0];
      expect(first).toMatchObject({ family: "inet", scope: "global" });
      expect(first?.netmask).toMatch(/^\d+$/);
      const others = eth0?.addresses.slice(1) ?? [];
      expect(others).toContainEqual({
        family: "inet6",
        address: expect.stringMatching(/^fe80:/),
        netmask: "64",
        scope: "link",
      });
    });

    test("lo is there with scope local and without a MAC address", async () => {
      const { lo } = (await full()).state?.network ?? {};
      expect(lo).toMatchObject({ hwaddr: "", type: "loopback", host_name: "" });
      expect(lo?.addresses[0]).toEqual({ family: "inet", address: "127.0.0.1", netmask: "8", scope: "local" });
    });

    test("the state says since when an instance runs, on Incus alone", async () => {
      const { started_at: since } = (await full()).state ?? {};
      expect(since === undefined ? false : Date.parse(since) > 0).toBe(bench.differences.startedAt);
    });

    test("recursion=1 is the same without state, snapshots and backups", async () => {
      const list = (await get(`/instances?recursion=1&${bench.inProject}`)) as WireInstance[];
      const { state, snapshots, backups, ...rest } = await full();
      expect(list.find((each) => each.name === bench.still)).toEqual(rest);
      expect([state, snapshots, backups]).toHaveLength(3);
    });

    test("recursion=0, and any recursion that is no number, is a list of addresses", async () => {
      for (const recursion of ["0", "", "2%3Bfields%3Dstate.network"]) {
        expect(await get(`/instances?recursion=${recursion}&${bench.inProject}`)).toContain(bench.path(bench.still));
      }
    });

    test("fields= is ignored", async () => {
      const list = (await get(`/instances?recursion=2&fields=state.network&${bench.inProject}`)) as WireInstanceFull[];
      expect(list.find((each) => each.name === bench.still)?.state?.pid).toBeGreaterThan(0);
    });

    test("is sorted by name as plain text", async () => {
      const names = ((await get(`/instances?recursion=1&${bench.inProject}`)) as WireInstance[]).map(
        (each) => each.name,
      );
      expect(names).toEqual([...names].sort());
    });

    test("one instance can be asked for alone, with or without its state", async () => {
      const alone = (await get(`/instances/${bench.still}?${bench.inProject}`)) as WireInstance;
      expect(alone).toMatchObject({ name: bench.still, status_code: 103, project: bench.project });
      expect(alone).not.toHaveProperty("state");
      const whole = (await get(`/instances/${bench.still}?recursion=1&${bench.inProject}`)) as WireInstanceFull;
      expect(whole.state?.network?.eth0?.addresses.length).toBeGreaterThan(0);
    });

    test("images have aliases, and an instance names the image that it was made from", async () => {
      const client = createClient(bench.endpoint);
      const { images, profiles, pools, networks, instances } = await readInventory(client, bench.project).finally(
        client.close,
      );
      const still = instances.get(bench.still);
      expect(imageNamed(images, "web")).toMatchObject({ type: "container", fingerprint: baseImageOf(still ?? {}) });
      expect(imageNamed(images, baseImageOf(still ?? {})?.slice(0, 12) ?? "")).toBe(imageNamed(images, "web"));
      expect(imageNamed(images, "no-such-image")).toBeUndefined();
      expect(profiles.get("default")?.root).toMatchObject({ type: "disk", path: "/" });
      expect(pools?.has("default") ?? false).toBe(bench.access.pools === "shown");
      expect(networks).toContain(profiles.get("default")?.eth0?.network);
    });
  });
}
