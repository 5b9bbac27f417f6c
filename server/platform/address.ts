import { byCodePoint } from "../../files/by-code-point.ts";
import type { Nic } from "../roll-call/observed.ts";
import { whyNoAddress } from "./no-address.ts";
import { type Family, isOfFamily, isServable, type Networks, type Subnet, withRoutes } from "./subnets.ts";
import type { WireInstance, WireInterface } from "./wire.ts";

export interface AddressOptions {
  readonly family: Family;
  /** Only addresses inside it are taken. @default the managed network's own subnet */
  readonly subnet: Subnet | undefined;
}

/**
 * The NICs that LXD gave an instance, each with the addresses it may be served at. An interface is recognised by the MAC that
 * LXD gave the NIC: the guest chooses names and `host_name`, and has bridges and veth pairs of its own, such as Docker's. Root in
 * a guest can also add any address to its NIC, so one is refused unless it is in the network's subnet or the operator routes it there.
 */
export function nicsOf(instance: WireInstance, networks: Networks, options: AddressOptions): Nic[] {
  return Object.entries(instance.expanded_devices ?? {})
    .filter(([, device]) => device.type === "nic")
    .map(([name, device]) => readNic(instance, name, device, networks, options))
    .sort((a, b) => byCodePoint(a.name, b.name));
}

function readNic(
  instance: WireInstance,
  name: string,
  device: Readonly<Record<string, string>>,
  networks: Networks,
  { family, subnet }: AddressOptions,
): Nic {
  const mac = (device.hwaddr ?? instance.config?.[`volatile.${name}.hwaddr`] ?? "").toLowerCase();
  const inside = device.name ?? instance.config?.[`volatile.${name}.name`] ?? name;
  const interfaces = interfacesOf(instance, mac, inside);
  const shown = addressesOf(interfaces, family);
  const network = device.network ?? device.parent;
  const own = networks.get(network ?? "")?.[family];
  const allowed = subnet ?? (own && withRoutes(own, givenTo(device, family), family));
  const taken = shown.filter((address) => (allowed ? allowed.contains(address) : isServable(address, family)));
  const fixed = taken.filter((address) => listed(device[`${family}.address`]).includes(address));
  const best = fixed.length > 0 ? fixed : preferred(taken, family, mac);
  const refused = shown.length > 0 ? refusal(name, shown, allowed, subnet ? "" : ` of ${network}`) : undefined;
  const isUnlisted = !subnet && namesUnlisted(device, networks);
  const none = refused ?? whyNoAddress({ instance, nic: name, mac, interfaces, family });
  return {
    name,
    network,
    addresses: best.map((address) => ({ address, tentative: isUnlisted })),
    problem:
      best.length === 0 ? none : isUnlisted ? `runs, but LXD does not list the network ${network} now` : undefined,
  };
}

/** `network` of a device names a managed network. If LXD does not list that, nothing says which addresses an instance may have. */
export function namesUnlisted({ network }: Readonly<Record<string, string>>, networks: Networks): boolean {
  return network !== undefined && !networks.has(network);
}

/** The addresses and ranges that the operator gave the NIC: its device's keys are not the guest's to write. */
function givenTo(device: Readonly<Record<string, string>>, family: Family): string {
  return ["address", "routes", "routes.external"].map((key) => device[`${family}.${key}`] ?? "").join(",");
}

function listed(written = ""): string[] {
  return written.split(",").map((one) => one.trim());
}

function refusal(nic: string, shown: readonly string[], wanted: Subnet | undefined, of: string): string {
  const only = `runs, but ${nic} has only ${shown.join(", ")}`;
  if (!wanted) return `${only}, which no instance is reached at`;
  if (shown.some((address) => wanted.covers(address))) return `${only}, which ${wanted.text}${of} keeps for itself`;
  return `${only}, outside ${wanted.text}${of}; to allow another subnet, set address.subnet of the source`;
}

/** The interfaces with the NIC's MAC, that of its own name first. A container without a match is recognised by the name. */
function interfacesOf(instance: WireInstance, mac: string, inside: string): WireInterface[] {
  const all = Object.entries(instance.state?.network ?? {}).sort(([a], [b]) => byCodePoint(a, b));
  const same = all.filter(([, { hwaddr }]) => mac !== "" && hwaddr.toLowerCase() === mac);
  if (same.length > 0)
    return same.sort(([a], [b]) => Number(b === inside) - Number(a === inside)).map(([, one]) => one);
  const named = instance.type === "container" ? instance.state?.network?.[inside] : undefined;
  return named ? [named] : [];
}

/** A bridge or a VLAN on top of the NIC shares its MAC: its addresses count only if the NIC itself has none. */
function addressesOf(interfaces: readonly WireInterface[], family: Family): string[] {
  const usable = interfaces.map(({ addresses }) =>
    addresses
      .filter((one) => one.family === (family === "ipv4" ? "inet" : "inet6") && one.scope === "global")
      .map(({ address }) => address)
      .filter((address) => isOfFamily(address, family) && !isLinkLocal(address)),
  );
  return usable.find((addresses) => addresses.length > 0) ?? [];
}

function isLinkLocal(address: string): boolean {
  return address.startsWith("169.254.") || /^fe[89ab]/i.test(address);
}

/** The kernel lists the primary IPv4 address first. The stable IPv6 address is the one made from the MAC. */
function preferred(addresses: readonly string[], family: Family, mac: string): string[] {
  if (family === "ipv4") return [...addresses];
  const tail = eui64(mac);
  const stable = (address: string) => Number(tail !== undefined && address.toLowerCase().endsWith(tail));
  return [...addresses].sort((a, b) => stable(b) - stable(a));
}

/** The last four groups of a SLAAC address, as the kernel prints them. */
function eui64(mac: string): string | undefined {
  const bytes = mac.split(":").map((part) => Number.parseInt(part, 16));
  const [a, b, c, d, e, f] = bytes;
  if (bytes.length !== 6 || bytes.some(Number.isNaN) || a === undefined) return undefined;
  const groups = [((a ^ 2) << 8) | (b ?? 0), ((c ?? 0) << 8) | 0xff, 0xfe00 | (d ?? 0), ((e ?? 0) << 8) | (f ?? 0)];
  return groups.map((group) => group.toString(16)).join(":");
}
