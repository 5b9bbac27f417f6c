import { type Family, familyWords, isServable, type Networks, rangesOf, type Subnet, withRoutes } from "./subnets.ts";
import type { Device } from "./wire.ts";

/** Which addresses a NIC may be served at. Root in the guest can set any other. */
export interface Reach {
  allows(address: string): boolean;
  /** Why none of these is allowed, and the cure. It follows "runs, but eth0 has only 10.0.0.5, ". */
  refuses(shown: readonly string[]): string;
}

export interface ReachOptions {
  readonly nic: string;
  readonly device: Device;
  /** Its own addresses, which the operator or the network gave it. */
  readonly given: readonly string[];
  readonly family: Family;
  readonly networks: Networks;
  /** What the source allows, in place of all else. */
  readonly subnet: Subnet | undefined;
  /** The platform's name. */
  readonly platform: string;
}

export function reachOf(options: ReachOptions): Reach {
  const { device, given, family, networks, subnet } = options;
  if (subnet) return inside(subnet, "");
  const routes = rangesOf(
    [...given, ...["routes", "routes.external"].map((key) => device[`${family}.${key}`] ?? "")],
    family,
  );
  if (isHostRouted(device, routes.length > 0)) return routedOnly(routes, options);
  const network = networkOf(device);
  const own = networks.get(network ?? "")?.[family];
  return own ? inside(withRoutes(own, routes, family), ` of ${network}`) : elsewhere(options);
}

/** The network that a NIC is on, or the interface of the host that it is made from. */
export function networkOf({ network, parent }: Device): string | undefined {
  return network ?? parent;
}

/** Whether the host routes to it, address by address: no other address of a routed, p2p or ipvlan NIC can be reached. */
function isHostRouted({ nictype }: Device, hasRoutes: boolean): boolean {
  return nictype === "routed" || ((nictype === "p2p" || nictype === "ipvlan") && hasRoutes);
}

function inside(subnet: Subnet, of: string): Reach {
  return {
    allows: (address) => subnet.contains(address),
    refuses: (shown) =>
      shown.some((address) => subnet.covers(address))
        ? `which ${subnet.text}${of} keeps for itself`
        : `outside ${subnet.text}${of}; to allow another subnet, set address.subnet of the source`,
  };
}

function routedOnly(routes: readonly Subnet[], { nic, device, family, platform }: ReachOptions): Reach {
  const key = device.nictype === "p2p" ? `${family}.routes` : `${family}.address`;
  const all = routes.map(({ text }) => text.replace(/\/(32|128)$/, "")).join(", ");
  return {
    allows: (address) => isServable(address, family) && routes.some((route) => route.covers(address)),
    refuses: () =>
      `and ${platform} routes ${all === "" ? `no ${familyWords[family]} address` : `only ${all}`} to it: set ${key} of the device ${nic}`,
  };
}

/** A network whose subnet is not known. The subnet of a bridge of this host is routed to that bridge, so it can't be there. */
function elsewhere({ nic, family, networks }: ReachOptions): Reach {
  const bridgeOf = (address: string) =>
    [...networks].find(([, network]) => network.type === "bridge" && network[family]?.covers(address))?.[0];
  return {
    allows: (address) => isServable(address, family) && bridgeOf(address) === undefined,
    refuses(shown) {
      const bridge = shown.map(bridgeOf).find((name) => name !== undefined);
      return bridge === undefined
        ? "which no instance is reached at"
        : `which belongs to ${bridge}, and ${nic} is not on that; to allow it, set address.subnet of the source`;
    },
  };
}
