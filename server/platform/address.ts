import { byCodePoint } from "../../files/by-code-point.ts";
import type { Nic } from "../roll-call/observed.ts";
import { withoutNew } from "./new-addresses.ts";
import { type PlatformWords, whyNoAddress, wordsOf } from "./no-address.ts";
import { networkOf, reachOf } from "./reach.ts";
import { type Family, isOfFamily, type Networks, type Subnet } from "./subnets.ts";
import type { Device, WireInstance, WireInterface } from "./wire.ts";

export interface AddressOptions {
  /** Which addresses are served; of several families the first that an instance has. */
  readonly family: Family | readonly Family[];
  /** Only addresses inside it are taken. @default the managed network's own subnet */
  readonly subnet: Subnet | undefined;
  /** @default LXD's */
  readonly words?: PlatformWords;
}

/** For how many milliseconds listings in a row have shown an address of a NIC. */
export type ShownFor = (nic: string, address: string) => number;

/**
 * The NICs that LXD gave an instance, each with the addresses it may be served at. An interface is recognised by the MAC that
 * LXD gave the NIC: the guest chooses names and `host_name`, and has bridges and veth pairs of its own, such as Docker's. Root in
 * a guest can also add any address to its NIC, so one is refused unless it is in the network's subnet or the operator routes it there.
 */
export function nicsOf(
  instance: WireInstance,
  networks: Networks,
  options: AddressOptions,
  shownFor: ShownFor = () => Number.POSITIVE_INFINITY,
): Nic[] {
  return Object.entries(instance.expanded_devices ?? {})
    .filter(([, device]) => device.type === "nic")
    .map(([name, device]) => readNic({ instance, name, device, networks, options, shownFor }))
    .sort((a, b) => byCodePoint(a.name, b.name));
}

interface Read {
  readonly instance: WireInstance;
  readonly name: string;
  readonly device: Device;
  readonly networks: Networks;
  readonly options: AddressOptions;
  readonly shownFor: ShownFor;
}

function readNic({ instance, name, device, networks, options, shownFor }: Read): Nic {
  const { subnet, words = wordsOf("lxd") } = options;
  const families = [options.family].flat();
  const last = (key: string) => instance.config?.[`volatile.${name}.${key}`];
  // A physical NIC keeps the MAC that it has on the host.
  const mac = (device.hwaddr ?? last("hwaddr") ?? last("last_state.hwaddr") ?? "").toLowerCase();
  const interfaces = interfacesOf(instance, mac, device.name ?? last("name") ?? name);
  const network = networkOf(device);
  const read = families.map((family) => {
    const given = givenTo(device, last("last_state.ip_addresses"), family);
    // LXD itself shows what it gave a virtual machine without its agent, if the NIC is on a bridge of its own.
    const isUnseen = instance.type === "virtual-machine" && instance.state?.processes === -1;
    const seen = addressesOf(interfaces, family);
    const shown = seen.length === 0 && isUnseen ? given : seen;
    const reach = reachOf({ nic: name, device, given, family, networks, subnet, platform: words.platform });
    const taken = shown.filter((address) => reach.allows(address));
    const fixed = taken.filter((address) => given.includes(address));
    const best = fixed.length > 0 ? fixed : preferred(taken, family, mac);
    const refusal = shown.length > 0 && best.length === 0 ? reach.refuses(shown) : undefined;
    return { family, given, best, refusal: refusal && `runs, but ${name} has only ${shown.join(", ")}, ${refusal}` };
  });
  const best = read.flatMap((one) => one.best);
  const known = networks.get(network ?? "");
  const mayCome = !known || (families[0] !== undefined && known[families[0]] !== undefined);
  const settled = withoutNew(best, { nic: name, families, mayCome, shownFor: (address) => shownFor(name, address) });
  if (best.length === 0) {
    const refusal = read.find(({ refusal }) => refusal !== undefined)?.refusal;
    const given = read.flatMap((one) => one.given);
    const why = () =>
      whyNoAddress({ ...words, instance, nic: name, device, mac, interfaces, families, networks, given });
    return { name, network, addresses: [], problem: refusal ?? why() };
  }
  if (subnet || !namesUnlisted(device, networks)) return { name, network, ...settled };
  const addresses = best.map((address) => ({ address, tentative: true }));
  return { name, network, addresses, problem: `runs, but ${words.platform} does not list the network ${network} now` };
}

/** `network` of a device names a managed network. If LXD does not list that, nothing says which addresses an instance may have. */
export function namesUnlisted({ network }: Device, networks: Networks): boolean {
  return network !== undefined && !networks.has(network);
}

/** A NIC's own addresses: the operator's, which are not the guest's to write, and those that Incus's OVN networks gave it. */
function givenTo(device: Device, last: string | undefined, family: Family): string[] {
  return [device[`${family}.address`], last]
    .flatMap((written) => (written ?? "").split(","))
    .map((one) => one.trim().replace(/\/\d+$/, ""))
    .filter((address) => isOfFamily(address, family));
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

/**
 * The kernel lists the primary IPv4 address first, and the newest IPv6 address: a temporary one before the stable one that it comes
 * with. The one made from the MAC is stable.
 */
function preferred(addresses: readonly string[], family: Family, mac: string): string[] {
  if (family === "ipv4") return [...addresses];
  const tail = eui64(mac);
  const stable = (address: string) => Number(tail !== undefined && address.toLowerCase().endsWith(tail));
  return [...addresses].reverse().sort((a, b) => stable(b) - stable(a));
}

/** The last four groups of a SLAAC address, as the kernel prints them. */
function eui64(mac: string): string | undefined {
  const bytes = mac.split(":").map((part) => Number.parseInt(part, 16));
  const [a, b, c, d, e, f] = bytes;
  if (bytes.length !== 6 || bytes.some(Number.isNaN) || a === undefined) return undefined;
  const groups = [((a ^ 2) << 8) | (b ?? 0), ((c ?? 0) << 8) | 0xff, 0xfe00 | (d ?? 0), ((e ?? 0) << 8) | (f ?? 0)];
  return groups.map((group) => group.toString(16)).join(":");
}
