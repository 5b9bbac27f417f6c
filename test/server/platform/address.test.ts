import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { nicsOf } from "../../../server/platform/address.ts";
import { networksOf, parseSubnet } from "../../../server/platform/subnets.ts";
import type { WireInstance, WireInterface } from "../../../server/platform/wire.ts";

const networks = networksOf([
  { name: "lxdbr0", managed: true, config: { "ipv4.address": "10.77.0.1/24", "ipv6.address": "fd77::1/64" } },
  { name: "open", managed: true, config: { "ipv4.address": "none" } },
  { name: "eno1", managed: false, config: {} },
]);
const ipv4 = { family: "ipv4", subnet: undefined } as const;
const ipv6 = { family: "ipv6", subnet: undefined } as const;
const mac = "00:16:3e:d9:61:5f";

/** An interface with addresses as `address` or `address scope`. */
function at(hwaddr: string, ...addresses: string[]): WireInterface {
  return {
    hwaddr,
    addresses: addresses.map((one) => {
      const [address = "", scope = "global"] = one.split(" ");
      return { family: address.includes(":") ? "inet6" : "inet", address, scope };
    }),
  };
}

function guest(
  network: Record<string, WireInterface>,
  devices: WireInstance["expanded_devices"] = {},
  rest: Partial<WireInstance> = {},
): WireInstance {
  return {
    name: "web-0",
    type: "container",
    status_code: 103,
    config: { "volatile.eth0.hwaddr": mac, "volatile.eth1.hwaddr": "00:16:3e:00:00:01" },
    expanded_devices: { root: { type: "disk" }, eth0: { type: "nic", network: "lxdbr0" }, ...devices },
    state: { network },
    ...rest,
  };
}
const addresses = (instance: WireInstance, options: Parameters<typeof nicsOf>[2] = ipv4, nic = 0) =>
  nicsOf(instance, networks, options)[nic]?.addresses.map(({ address }) => address);

describe("the address", () => {
  test("of a recorded container with Docker's bridge and veth pairs is that of LXD's NIC", () => {
    const file = new URL("../../samples/state-docker0-veth.json", import.meta.url);
    const { metadata } = JSON.parse(readFileSync(file, "utf8")) as {
      metadata: { network: Record<string, WireInterface> };
    };
    expect(Object.keys(metadata.network)).toContain("docker0");
    const hwaddr = metadata.network.eth0?.hwaddr ?? "";
    expect(addresses(guest(metadata.network, {}, { config: { "volatile.eth0.hwaddr": hwaddr } }))?.[0]).toBe(
      "10.77.0.234",
    );
  });

  test.each<[string, Record<string, WireInterface>, string[]]>([
    ["is found by MAC though the guest renamed the interface", { enp5s0: at(mac, "10.77.0.5") }, ["10.77.0.5"]],
    ["is found though the MAC is written in capitals", { eth0: at(mac.toUpperCase(), "10.77.0.5") }, ["10.77.0.5"]],
    ["is never that of another interface", { docker0: at("02:42:00:00:00:01", "10.77.0.9") }, []],
    ["is never link-local, whatever scope is claimed", { eth0: at(mac, "169.254.1.1", "10.77.0.5") }, ["10.77.0.5"]],
    ["is global only", { eth0: at(mac, "10.77.0.4 link", "10.77.0.5") }, ["10.77.0.5"]],
    ["is inside the bridge's subnet", { eth0: at(mac, "192.168.1.1", "10.77.0.5") }, ["10.77.0.5"]],
    ["keeps the kernel's order", { eth0: at(mac, "10.77.0.9", "10.77.0.5") }, ["10.77.0.9", "10.77.0.5"]],
    [
      "is that of the NIC before that of a bridge on top of it",
      { br0: at(mac, "10.77.0.6"), eth0: at(mac, "10.77.0.5") },
      ["10.77.0.5"],
    ],
    [
      "is that of a bridge on top of the NIC when it has taken it over",
      { br0: at(mac, "10.77.0.6"), eth0: at(mac) },
      ["10.77.0.6"],
    ],
  ])("%s", (_, network, expected) => expect(addresses(guest(network))).toEqual(expected));

  test.each([
    ["10.77.0.1", "that of the bridge itself, which is the host"],
    ["10.77.0.0", "that of the network"],
    ["10.77.0.255", "the broadcast address"],
  ])("%s is never served: it is %s", (address) => {
    const [nic] = nicsOf(guest({ eth0: at(mac, address) }), networks, ipv4);
    expect(nic?.addresses).toEqual([]);
    expect(nic?.problem).toBe(`runs, but eth0 has only ${address}, which 10.77.0.1/24 of lxdbr0 keeps for itself`);
  });

  test.each([
    ["127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1"],
    ["::", "::1", "ff02::1", "::ffff:10.0.0.5", "::ffff:a00:5", "fd00::5%eth0"],
  ])("on a network that LXD does not manage is never %s and its like", (...all) => {
    const family = all[0]?.includes(":") ? ipv6 : ipv4;
    const instance = guest({ eth0: at(mac, ...all) }, { eth0: { type: "nic", network: "eno1" } });
    expect(addresses(instance, family)).toEqual([]);
  });

  test.each([
    ["10.0.0.0/31", "10.0.0.0", true],
    ["10.0.0.0/30", "10.0.0.0", false],
    ["10.0.0.0/30", "10.0.0.3", false],
    ["fd00:1::/64", "fd00:1::", false],
    ["fd00:1::/64", "fd00:1::ffff:ffff:ffff:ffff", true],
    ["fd00:1::/64", "fd00:1:0:1::1", false],
    ["fd00:1::/64", "FD00:1:0:0:0:0:0:5", true],
  ])("in the subnet %s may be %s: %s", (text, address, expected) => {
    expect(parseSubnet(text, text.includes(":") ? "ipv6" : "ipv4")?.contains(address)).toBe(expected);
  });

  test.each([
    ["ipv4.routes", { "ipv4.routes": "203.0.113.8/32" }, ["203.0.113.8"]],
    ["ipv4.routes.external", { "ipv4.routes.external": "192.0.2.0/30, 203.0.113.8/32" }, ["203.0.113.8"]],
    ["ipv4.address", { "ipv4.address": "203.0.113.8" }, ["203.0.113.8"]],
    ["another NIC's route", { "ipv4.routes": "203.0.113.9/32" }, []],
    ["a route to everywhere", { "ipv4.routes": "0.0.0.0/0" }, ["203.0.113.8"]],
  ])("that the operator gives the NIC is allowed outside the subnet: %s", (_, given, expected) => {
    const device = { type: "nic", network: "lxdbr0", ...given };
    expect(addresses(guest({ eth0: at(mac, "203.0.113.8", "127.0.0.1") }, { eth0: device }))).toEqual(expected);
  });

  test("that a route of the NIC brings is allowed in IPv6 too, and one that a route of the network brings", () => {
    const routed = { eth0: { type: "nic", network: "lxdbr0", "ipv6.routes": "fd99::8/128" } };
    expect(addresses(guest({ eth0: at(mac, "fd99::8", "fd99::9") }, routed), ipv6)).toEqual(["fd99::8"]);
    const config = { "ipv4.address": "10.77.0.1/24", "ipv4.routes": "203.0.113.0/29" };
    const [nic] = nicsOf(
      guest({ eth0: at(mac, "203.0.113.8", "203.0.113.1") }),
      networksOf([{ name: "lxdbr0", managed: true, config }]),
      ipv4,
    );
    expect(nic?.addresses.map(({ address }) => address)).toEqual(["203.0.113.1"]);
  });

  test("that the operator gives a NIC is refused where address.subnet of the source says otherwise", () => {
    const routed = { eth0: { type: "nic", network: "lxdbr0", "ipv4.routes": "203.0.113.8/32" } };
    const subnet = parseSubnet("10.77.0.0/24", "ipv4");
    expect(addresses(guest({ eth0: at(mac, "203.0.113.8") }, routed), { family: "ipv4", subnet })).toEqual([]);
  });

  test("is only kept, never taken, while LXD does not list its network: nothing says which subnet that has", () => {
    const elsewhere = guest({ eth0: at(mac, "8.8.8.8") }, { eth0: { type: "nic", network: "gone" } });
    const [nic] = nicsOf(elsewhere, networks, ipv4);
    expect(nic).toMatchObject({
      addresses: [{ address: "8.8.8.8", tentative: true }],
      problem: "runs, but LXD does not list the network gone now",
    });
    const subnet = parseSubnet("8.8.8.0/24", "ipv4");
    expect(nicsOf(elsewhere, networks, { family: "ipv4", subnet })[0]?.addresses).toEqual([
      { address: "8.8.8.8", tentative: false },
    ]);
  });

  test("that was set outside the subnet is refused, and the detail says how to allow it", () => {
    const instance = guest({ eth0: at(mac, "192.168.1.1") });
    const [nic] = nicsOf(instance, networks, ipv4);
    expect(nic?.problem).toBe(
      "runs, but eth0 has only 192.168.1.1, outside 10.77.0.1/24 of lxdbr0; to allow another subnet, set address.subnet of the source",
    );
    const subnet = parseSubnet("192.168.0.0/16", "ipv4");
    expect(addresses(instance, { family: "ipv4", subnet })).toEqual(["192.168.1.1"]);
  });

  test.each([
    ["open", "a managed network without a subnet"],
    ["eno1", "a network that LXD does not manage"],
  ])("is any on %s, %s", (network) => {
    const instance = guest({ eth0: at(mac, "192.168.1.1") }, { eth0: { type: "nic", network } });
    expect(addresses(instance)).toEqual(["192.168.1.1"]);
  });

  test("that the device fixes is the only one while the guest has it", () => {
    const fixed = { eth0: { type: "nic", network: "lxdbr0", "ipv4.address": "10.77.0.240" } };
    expect(addresses(guest({ eth0: at(mac, "10.77.0.109", "10.77.0.240") }, fixed))).toEqual(["10.77.0.240"]);
    expect(addresses(guest({ eth0: at(mac, "10.77.0.109") }, fixed))).toEqual(["10.77.0.109"]);
  });

  test("in IPv6 is the one made from the MAC before a temporary one", () => {
    const network = {
      eth0: at(mac, "fe80::216:3eff:fed9:615f link", "fd77::abcd", "fd77::216:3eff:fed9:615f", "10.77.0.5"),
    };
    expect(addresses(guest(network), ipv6)).toEqual(["fd77::216:3eff:fed9:615f", "fd77::abcd"]);
  });

  test("of a container without a MAC to go by is found by the interface's name, of a virtual machine it is not", () => {
    const network = { eth0: at("", "10.77.0.5") };
    expect(addresses(guest(network, {}, { config: {} }))).toEqual(["10.77.0.5"]);
    expect(addresses(guest(network, {}, { config: {}, type: "virtual-machine" }))).toEqual([]);
  });

  test("of each NIC is known by the NIC's name", () => {
    const instance = guest(
      { eth0: at(mac, "10.77.0.5"), eth1: at("00:16:3e:00:00:01", "10.9.0.5") },
      { eth1: { type: "nic", nictype: "p2p" } },
    );
    expect(nicsOf(instance, networks, ipv4).map(({ name }) => name)).toEqual(["eth0", "eth1"]);
    expect(addresses(instance, ipv4, 1)).toEqual(["10.9.0.5"]);
  });

  test.each<[string, Parameters<typeof guest>, string]>([
    [
      "a VM without its agent, on a bridge that LXD doesn't manage",
      [
        { eth0: at(mac) },
        { eth0: { type: "nic", parent: "br0" } },
        { type: "virtual-machine", state: { network: { eth0: at(mac) }, processes: -1 } },
      ],
      "LXD knows no address of eth0: is lxd-agent running in it?",
    ],
    [
      "a VM of which LXD shows nothing",
      [{}, {}, { type: "virtual-machine" }],
      "LXD knows no address of eth0: is lxd-agent running in it?",
    ],
    [
      "a NIC passed through to a VM",
      [
        { enp5s0: at("02:42:00:00:00:01", "10.0.0.5"), lo: at("", "127.0.0.1 local") },
        {},
        { type: "virtual-machine", config: {} },
      ],
      "the MAC address of eth0 is not known to LXD; it shows enp5s0 10.0.0.5",
    ],
    [
      "a guest that changed the MAC address",
      [
        {
          a: at("02:42:00:00:00:01"),
          b: at("02:42:00:00:00:02"),
          c: at("02:42:00:00:00:03"),
          d: at("02:42:00:00:00:04"),
        },
      ],
      `no interface has eth0's MAC address ${mac}; it shows a, b, c and 1 more`,
    ],
    [
      "a container without an answer from DHCP",
      [{ eth0: at(mac, "fe80::216:3eff:fed9:615f link") }],
      "eth0 has no IPv4 address yet, only fe80::216:3eff:fed9:615f",
    ],
    ["an interface that is down", [{ eth0: { ...at(mac), state: "down" } }], "eth0 is down"],
    ["an interface that is up", [{ eth0: { ...at(mac), state: "up" } }], "eth0 has no address yet"],
  ])("that is missing says what is seen: %s", (_, instance, problem) => {
    expect(nicsOf(guest(...instance), networks, ipv4)[0]?.problem).toBe(`runs, but ${problem}`);
  });

  test("of a stopped instance is none", () => {
    expect(addresses(guest({}, {}, { state: { network: null } }))).toEqual([]);
  });
});

test.each([
  ["10.0.0.0/24", "ipv4", true],
  ["10.0.0.0/33", "ipv4", false],
  ["10.0.0/24", "ipv4", false],
  ["fd00::/64", "ipv4", false],
  ["fd00::/64", "ipv6", true],
  ["none", "ipv6", false],
] as const)("%s is a subnet of %s: %s", (text, family, is) => expect(parseSubnet(text, family) !== undefined).toBe(is));
