import { platforms } from "../../shared/platforms.ts";
import { networkOf } from "./reach.ts";
import { type Family, familyWords, isServable, type Networks } from "./subnets.ts";
import type { Device, WireInstance, WireInterface } from "./wire.ts";

/** What a platform calls itself, and its agent in virtual machines. */
export interface PlatformWords {
  readonly platform: string;
  readonly agent: string;
}

/** The words of a server, by what it says that it is: `lxd` or `incus`. */
export function wordsOf(server: string): PlatformWords {
  const name = server === "incus" ? server : "lxd";
  return { platform: platforms[name].title, agent: `${name}-agent` };
}

export interface NoAddressOptions extends PlatformWords {
  readonly instance: WireInstance;
  /** The name of its device. */
  readonly nic: string;
  readonly device: Device;
  /** Empty if the platform does not know it. */
  readonly mac: string;
  /** The interfaces that are the NIC's. None of them has an address that could be served. */
  readonly interfaces: readonly WireInterface[];
  readonly families: readonly Family[];
  readonly networks: Networks;
  /** The NIC's own addresses, which the operator or the network gave it. */
  readonly given: readonly string[];
}

/** What a platform shows of a NIC without an address, and what is missing. */
export function whyNoAddress(options: NoAddressOptions): string {
  const { instance, nic, device, mac, interfaces, families, platform, agent } = options;
  const others = Object.entries(instance.state?.network ?? {}).filter(([name]) => name !== "lo");
  const isSilent = instance.state?.processes === -1 || others.length === 0;
  // Without its agent only a NIC on a bridge or an OVN network of LXD has addresses, guessed from leases.
  if (instance.type === "virtual-machine" && isSilent)
    return `runs, but ${platform} knows no address of ${nic}: is ${agent} running in it?`;
  if (Object.keys(instance.state?.network ?? {}).length === 0)
    return `runs, but ${platform} could not read its network just now`;
  if (interfaces.length === 0 && others.length > 0) {
    const its =
      mac === ""
        ? `the MAC address of ${nic} is not known to ${platform}`
        : `no interface has ${nic}'s MAC address ${mac}`;
    const cure =
      mac === "" && device.nictype === "physical" ? "; that of a macvlan or sriov NIC is, and of one on a bridge" : "";
    return `runs, but ${its}; it shows ${some(others.map(([name, { addresses }]) => [name, addresses[0]?.address].join(" ").trim()))}${cure}`;
  }
  const [first] = interfaces;
  const shown = interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address));
  const cure = cureOf(options, shown);
  if (shown.length > 0) {
    const wanted = families.map((family) => familyWords[family]).join(" or ");
    return `runs, but ${nic} has no ${wanted} address yet, only ${some(shown)}${cure}`;
  }
  return first?.state === "down" ? `runs, but ${nic} is down` : `runs, but ${nic} has no address yet${cure}`;
}

/** Where an address of a NIC of this kind comes from, if that is not just a matter of waiting. */
function cureOf(
  { nic, device, families, networks, given, platform }: NoAddressOptions,
  shown: readonly string[],
): string {
  const other = (["ipv4", "ipv6"] as const).find((one) => shown.some((address) => isServable(address, one)));
  if (other) return `; to serve that, add ${other} to address.family of the source`;
  const { nictype } = device;
  const key = families.map((family) => `${family}.address`).join(" or ");
  if (nictype === "routed" || nictype === "ipvlan")
    return given.length > 0
      ? `: it was given ${given.join(", ")}, which its guest has removed`
      : `: set ${key} of the device ${nic}, from which it gets its addresses`;
  if (nictype === "p2p") return `: nothing gives a p2p NIC an address, so set one inside`;
  const name = networkOf(device);
  const network = networks.get(name ?? "");
  if (!network)
    return name === undefined
      ? ""
      : `: DHCP or router advertisements on ${name} would give it one, and ${platform} does neither there`;
  if (families.every((family) => network[family] === undefined))
    return `: the network ${name} has no subnet of that kind; set its ${key}`;
  if (network.isStateful && !families.includes("ipv4"))
    return `: the network ${name} gives IPv6 addresses by DHCPv6 alone (ipv6.dhcp.stateful), for which the guest needs a client`;
  return "";
}

function some(all: readonly string[]): string {
  return all.length > 3 ? `${all.slice(0, 3).join(", ")} and ${all.length - 3} more` : all.join(", ");
}
