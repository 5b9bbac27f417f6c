import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { nicsOf } from "../../../server/platform/address.ts";
import { nothingLost, readListing } from "../../../server/platform/listing.ts";
import { wordsOf } from "../../../server/platform/no-address.ts";
import { networksOf, parseSubnet } from "../../../server/platform/subnets.ts";
import { type WireInstance, wireInstances, wireNetworks } from "../../../server/platform/wire.ts";

function sample(file: string) {
  const { networks, instances } = JSON.parse(readFileSync(new URL(`../../samples/${file}`, import.meta.url), "utf8"));
  const all = new Map(wireInstances.parse(instances).map((one) => [one.name, one]));
  return { networks: networksOf(wireNetworks.parse(networks)), all };
}
const recorded = sample("nics-lxd-5.0.2.json");
const handMade = sample("nics-hand-made.json");

type Families = Parameters<typeof nicsOf>[2]["family"];
/** The addresses of the first NIC, or what is wrong with it. */
function served({ networks, all }: typeof recorded, name: string, family: Families = "ipv4", nic = 0) {
  const instance = all.get(name) as WireInstance;
  const one = nicsOf(instance, networks, { family, subnet: undefined })[nic];
  return one?.problem ?? one?.addresses.map(({ address }) => address).join(" ");
}
/** The same with other addresses shown on eth0, and other keys of its device. */
function changed(from: typeof recorded, name: string, shown: string, device: Record<string, string> = {}) {
  const one = structuredClone(from.all.get(name)) as WireInstance;
  const eth0 = one.state?.network?.eth0;
  const family = (address: string) => (address.includes(":") ? "inet6" : "inet");
  if (eth0)
    eth0.addresses = shown
      .split(" ")
      .filter(Boolean)
      .map((address) => ({ family: family(address), address, scope: address.startsWith("fe80") ? "link" : "global" }));
  Object.assign(one.expanded_devices?.eth0 ?? {}, device);
  return { ...from, all: new Map([[name, one]]) };
}

describe("of the NICs recorded from LXD 5.0.2, the address", () => {
  test.each<[string, Families, string]>([
    ["bridge", "ipv4", "10.87.0.60"],
    ["bridge", ["ipv6", "ipv4"], "fd87::216:3eff:fe5b:ce15 10.87.0.60"],
    ["ipv6-only", "ipv6", "fd88::216:3eff:fe73:f0f2 fd88::5"],
    ["ipv6-only", ["ipv4", "ipv6"], "fd88::216:3eff:fe73:f0f2 fd88::5"],
    ["routed", "ipv4", "10.87.5.5"],
    ["routed-ipv6", "ipv6", "fd87:5::6"],
    ["p2p", "ipv4", "10.99.7.2"],
    ["p2p-routes", ["ipv4", "ipv6"], "10.87.6.5 fd87:6::5"],
    ["macvlan", "ipv4", "10.99.9.50"],
    ["physical", "ipv4", "10.99.9.51"],
    ["unmanaged-bridge", "ipv4", "10.99.8.5"],
  ])("of %s in %j is %s", (name, family, expected) => expect(served(recorded, name, family)).toBe(expected));

  test("of a guest with privacy extensions and no address made from its MAC is the stable one, which is listed last", () =>
    expect(served(recorded, "privacy", "ipv6")).toBe("fd88::fe4e:2115:d496:cec fd88::15d2:dbb8:5147:18a5"));

  test("of each of two NICs is that of its own MAC", () => {
    expect(served(recorded, "two-nics", "ipv6", 0)).toBe("fd88::216:3eff:fe76:426d");
    expect(served(recorded, "two-nics", "ipv6", 1)).toBe("fd87::216:3eff:fec8:ab59");
  });

  test("of a physical NIC is found by the MAC that it had on the host, whatever the guest calls it", () => {
    const one = structuredClone(recorded.all.get("physical")) as WireInstance;
    const { eth0, ...rest } = one.state?.network ?? {};
    const network = { ...rest, eth0: { hwaddr: "02:42:00:00:00:01", addresses: [] }, wan: eth0 };
    const all = new Map([["physical", { ...one, state: { network } } as WireInstance]]);
    expect(served({ ...recorded, all }, "physical")).toBe("10.99.9.51");
  });
});

describe("of the NICs that no lab machine can run, made by hand, the address", () => {
  test.each<[string, Families, string]>([
    ["ovn", "ipv4", "10.20.0.2"],
    ["ovn", ["ipv6", "ipv4"], "fd20::1266:6aff:fe00:1 10.20.0.2"],
    ["ovn-vm-without-agent", "ipv4", "10.20.0.3"],
    ["bridged-vm-without-agent", "ipv4", "10.77.0.30"],
    ["vm-with-agent-and-docker", "ipv4", "10.77.0.40"],
    ["routed-vm-without-agent", "ipv4", "192.0.2.50"],
    ["ipvlan", "ipv4", "192.168.1.60"],
    ["sriov", "ipv4", "192.168.1.70"],
    ["on-the-uplink", "ipv4", "192.0.2.20"],
  ])("of %s in %j is %s", (name, family, expected) => expect(served(handMade, name, family)).toBe(expected));
});

describe("root in a guest is not believed when it shows", () => {
  test.each<[string, ReturnType<typeof changed>, string, string]>([
    [
      "on a routed NIC anything but what LXD routes to it, the bridge's own subnet too",
      changed(recorded, "routed", "10.87.0.77", { parent: "rcaddr0" }),
      "routed",
      "runs, but eth0 has only 10.87.0.77, and LXD routes only 10.87.5.5 to it: set ipv4.address of the device eth0",
    ],
    [
      "on a p2p NIC with routes anything else",
      changed(recorded, "p2p-routes", "10.87.6.6"),
      "p2p-routes",
      "runs, but eth0 has only 10.87.6.6, and LXD routes only 10.87.6.5 to it: set ipv4.routes of the device eth0",
    ],
    [
      "on an ipvlan NIC with addresses anything else, though their prefix covers it",
      changed(handMade, "ipvlan", "192.168.1.99"),
      "ipvlan",
      "runs, but eth0 has only 192.168.1.99, and LXD routes only 192.168.1.60 to it: set ipv4.address of the device eth0",
    ],
    [
      "on a NIC beside it an address of a bridge: it would be another instance's, or the host's",
      changed(recorded, "p2p", "10.87.0.1"),
      "p2p",
      "runs, but eth0 has only 10.87.0.1, which belongs to rcaddr0, and eth0 is not on that; to allow it, set address.subnet of the source",
    ],
    [
      "the gateway of an uplink",
      changed(handMade, "on-the-uplink", "192.0.2.1"),
      "on-the-uplink",
      "runs, but eth0 has only 192.0.2.1, which 192.0.2.1/24 of UPLINK keeps for itself",
    ],
  ])("%s", (_, from, name, problem) => expect(served(from, name)).toBe(problem));

  test("the gateway that DHCP on the bridge announces", () => {
    const config = { "ipv4.address": "10.77.0.1/24", "ipv4.dhcp.gateway": "10.77.0.254" };
    const own = networksOf([{ name: "br0", managed: true, type: "bridge", config }]).get("br0")?.ipv4;
    expect(["10.77.0.254", "10.77.0.253"].map((address) => own?.contains(address))).toEqual([false, true]);
  });

  test("on a NIC that host routes reach, unless address.subnet of the source allows it", () => {
    const { networks, all } = changed(recorded, "p2p-routes", "10.87.6.6");
    const options = { family: "ipv4", subnet: parseSubnet("10.87.6.0/24", "ipv4") } as const;
    expect(nicsOf(all.get("p2p-routes") as WireInstance, networks, options)[0]?.addresses[0]?.address).toBe(
      "10.87.6.6",
    );
  });
});

describe("a NIC without an address says what is seen, and the cure", () => {
  const link = "fe80::216:3eff:fe4a:9e2b";
  test.each<[string, ReturnType<typeof changed>, string, Families, string]>([
    [
      "IPv6 only",
      recorded,
      "ipv6-only",
      "ipv4",
      "eth0 has no IPv4 address yet, only fd88::5, fd88::216:3eff:fe73:f0f2, fe80::216:3eff:fe73:f0f2; to serve that, add ipv6 to address.family of the source",
    ],
    [
      "DHCPv6 alone",
      recorded,
      "stateful-dhcpv6",
      "ipv6",
      "eth0 has no IPv6 address yet, only fe80::216:3eff:fe8b:5f78: the network rcas gives IPv6 addresses by DHCPv6 alone (ipv6.dhcp.stateful), for which the guest needs a client",
    ],
    [
      "a network without that family",
      changed(recorded, "ipv6-only", link),
      "ipv6-only",
      "ipv4",
      `eth0 has no IPv4 address yet, only ${link}: the network rca6 has no subnet of that kind; set its ipv4.address`,
    ],
    [
      "routed",
      changed(recorded, "routed", link),
      "routed",
      "ipv4",
      `eth0 has no IPv4 address yet, only ${link}: it was given 10.87.5.5, which its guest has removed`,
    ],
    [
      "routed without an address",
      changed(recorded, "routed", link, { "ipv4.address": "none" }),
      "routed",
      "ipv4",
      `eth0 has no IPv4 address yet, only ${link}: set ipv4.address of the device eth0, from which it gets its addresses`,
    ],
    [
      "p2p",
      changed(recorded, "p2p", link),
      "p2p",
      "ipv4",
      `eth0 has no IPv4 address yet, only ${link}: nothing gives a p2p NIC an address, so set one inside`,
    ],
    [
      "macvlan",
      changed(recorded, "macvlan", link),
      "macvlan",
      ["ipv6", "ipv4"],
      `eth0 has no IPv6 or IPv4 address yet, only ${link}: DHCP or router advertisements on rcadum would give it one, and LXD does neither there`,
    ],
    [
      "a VM on macvlan without its agent",
      handMade,
      "macvlan-vm-without-agent",
      "ipv4",
      "LXD knows no address of eth0: is lxd-agent running in it?",
    ],
    [
      "a NIC passed to a VM",
      handMade,
      "passed-to-a-vm",
      "ipv4",
      "the MAC address of eth0 is not known to LXD; it shows enp5s0 192.168.1.80; that of a macvlan or sriov NIC is, and of one on a bridge",
    ],
  ])("%s", (_, from, name, family, problem) => expect(served(from, name, family)).toBe(`runs, but ${problem}`));

  test("in the platform's own words", () => {
    const { networks, all } = handMade;
    const options = { family: "ipv4", subnet: undefined, words: wordsOf("incus") } as const;
    const [nic] = nicsOf(all.get("macvlan-vm-without-agent") as WireInstance, networks, options);
    expect(nic?.problem).toBe("runs, but Incus knows no address of eth0: is incus-agent running in it?");
  });

  test("a virtual machine whose addresses are known without its agent runs; one that shows nothing is unread", () => {
    const { networks, all } = handMade;
    const options = {
      family: "ipv4",
      subnet: undefined,
      networks,
      before: undefined,
      lost: nothingLost,
      now: 0,
    } as const;
    const { instances } = readListing([...all.values()], options);
    expect(instances.get("routed-vm-without-agent")?.state).toBe("running");
    expect(instances.get("macvlan-vm-without-agent")?.state).toBe("unread");
  });
});
