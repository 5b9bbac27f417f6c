import type { Family } from "./subnets.ts";
import type { WireInstance, WireInterface } from "./wire.ts";

export interface NoAddressOptions {
  readonly instance: WireInstance;
  /** The name of its device. */
  readonly nic: string;
  /** Empty if LXD does not know it. */
  readonly mac: string;
  /** The interfaces that are the NIC's. None of them has an address that could be served. */
  readonly interfaces: readonly WireInterface[];
  readonly family: Family;
}

/** What LXD shows of a NIC without an address, and what is missing. */
export function whyNoAddress({ instance, nic, mac, interfaces, family }: NoAddressOptions): string {
  const others = Object.entries(instance.state?.network ?? {}).filter(([name]) => name !== "lo");
  const isSilent = instance.state?.processes === -1 || others.length === 0;
  // Without its agent only a NIC on a bridge or an OVN network of LXD has addresses, guessed from leases.
  if (instance.type === "virtual-machine" && isSilent)
    return `runs, but LXD knows no address of ${nic}: is lxd-agent running in it?`;
  if (interfaces.length === 0 && others.length > 0) {
    const its =
      mac === "" ? `the MAC address of ${nic} is not known to LXD` : `no interface has ${nic}'s MAC address ${mac}`;
    return `runs, but ${its}; it shows ${some(others.map(([name, { addresses }]) => [name, addresses[0]?.address].join(" ").trim()))}`;
  }
  const [first] = interfaces;
  const shown = interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address));
  if (shown.length > 0)
    return `runs, but ${nic} has no ${family === "ipv4" ? "IPv4" : "IPv6"} address yet, only ${some(shown)}`;
  return first?.state === "down" ? `runs, but ${nic} is down` : `runs, but ${nic} has no address yet`;
}

function some(all: readonly string[]): string {
  return all.length > 3 ? `${all.slice(0, 3).join(", ")} and ${all.length - 3} more` : all.join(", ");
}
