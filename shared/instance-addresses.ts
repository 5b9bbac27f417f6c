import { isIP } from "node:net";
import type { Problem } from "../files/problem.ts";

/** How many addresses a range may have. */
const most = 10_000;

/**
 * The addresses of a range in a NIC's `ipv4.address` or `ipv6.address`, `10.0.0.10-10.0.0.20`, one for each replica; any other value as it
 * is. Of IPv6 addresses the last group may differ.
 */
export function addressesOf(key: string, value: string | readonly string[]): string | readonly string[] {
  const range = key === "ipv4.address" || key === "ipv6.address" ? String(value).split("-") : [];
  const [first = "", last = "", ...more] = range;
  const family = isIP(first);
  if (typeof value !== "string" || more.length > 0 || family === 0 || isIP(last) !== family) return value;
  if (family === 4) return between(v4Number(first), v4Number(last)).map(v4Text);
  const [prefix, from] = lastGroup(first);
  const [other, to] = lastGroup(last);
  return prefix === other ? between(from, to).map((group) => `${prefix}${group.toString(16)}`) : value;
}

function between(from: number, to: number): number[] {
  return Array.from({ length: Math.min(most, Math.max(0, to - from + 1)) }, (_, index) => from + index);
}

function v4Number(address: string): number {
  return address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

function v4Text(address: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join(".");
}

/** `fd00::1f` as `fd00::` and 31. */
function lastGroup(address: string): [string, number] {
  const at = address.lastIndexOf(":") + 1;
  return [address.slice(0, at), Number.parseInt(address.slice(at) || "0", 16)];
}

/** The addresses that a NIC's key gives to the replicas of a group. */
export interface GivenAddresses {
  /** Where the key is. */
  readonly at: Problem;
  /** By index: the network, as far as it can be told from others, and the address. */
  readonly all: readonly (readonly [network: string, address: string])[];
}

/**
 * The addresses that a document gives to its replicas. `at` finds a key, `on` the source and project of a replica. Of a NIC without a
 * network or a parent it is not known where it is.
 */
export function givenAddresses(
  devices: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>,
  at: (path: readonly string[]) => Problem,
  on: (index: number) => string,
): GivenAddresses[] {
  return Object.entries(devices).flatMap(([device, properties]) => {
    const network = properties.network ?? properties.parent;
    if (properties.type !== "nic" || typeof network !== "string") return [];
    return ["ipv4.address", "ipv6.address"].flatMap((key) => {
      const addresses = [addressesOf(key, properties[key] ?? [])].flat();
      if (!addresses.every(isIP) || addresses.length === 0) return [];
      const all = addresses.map((address, index) => [`${on(index)}/${network}`, address] as const);
      return [{ at: at(["instance", "devices", device, key]), all }];
    });
  });
}

/** The keys with an address that an earlier key has too, in the same network. */
export function sharedAddresses(given: readonly GivenAddresses[]): Problem[] {
  const first = new Map<string, Problem>();
  return given.flatMap(({ at, all }) => {
    const taken = all.find((one) => first.has(one.join()));
    const other = taken && first.get(taken.join());
    for (const one of all) if (!first.has(one.join())) first.set(one.join(), at);
    if (!taken || !other || other === at) return [];
    const where = `${other.file}${other.line === undefined ? "" : `:${other.line}`}`;
    return [{ ...at, message: `${taken[1]} is given to an instance at ${where} too` }];
  });
}
