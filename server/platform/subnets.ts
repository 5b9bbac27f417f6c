import { isIP } from "node:net";
import type { z } from "zod";
import type { wireNetworks } from "./wire.ts";

export type Family = "ipv4" | "ipv6";

export const familyWords: Readonly<Record<Family, string>> = { ipv4: "IPv4", ipv6: "IPv6" };

/** A subnet that addresses are checked against. */
export interface Subnet {
  /** `10.77.0.0/24`, as written. */
  readonly text: string;
  /** Whether the address is inside. */
  covers(address: string): boolean;
  /** Whether an instance may have the address: it is inside, and not the network's, the broadcast or the gateway's address. */
  contains(address: string): boolean;
}

/** What is known of a managed network. */
export interface Network extends Partial<Record<Family, Subnet>> {
  /** `bridge`, `ovn`, `macvlan`, `sriov`, `physical`. */
  readonly type?: string | undefined;
  /** Instances get their IPv6 address from DHCPv6, and none from router advertisements. */
  readonly isStateful?: boolean;
}

/** The managed networks, by name. */
export type Networks = ReadonlyMap<string, Network>;

/** Undefined unless `text` is `address/prefix` of that family. `kept`: addresses of it that no instance may have, such as the gateway's. */
export function parseSubnet(text: string, family: Family, kept: readonly string[] = []): Subnet | undefined {
  const [, address = "", digits = ""] = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(text) ?? [];
  const width = family === "ipv4" ? 32 : 128;
  const prefix = Number(digits);
  if (!isOfFamily(address, family) || prefix > width) return undefined;
  const rest = BigInt(width - prefix);
  const first = (numberOf(address) >> rest) << rest;
  const reserved = new Set(kept.filter((one) => isOfFamily(one, family)).map(numberOf));
  // A subnet of one or two addresses has neither (RFC 3021, RFC 6164); IPv6 has no broadcast.
  if (rest > 1n) reserved.add(first);
  if (rest > 1n && family === "ipv4") reserved.add(first | ((1n << rest) - 1n));
  const covers = (candidate: string) => isOfFamily(candidate, family) && numberOf(candidate) >> rest === first >> rest;
  return { text, covers, contains: (candidate) => covers(candidate) && !reserved.has(numberOf(candidate)) };
}

/** Several subnets as one. Undefined if there are none. */
export function united(subnets: readonly Subnet[]): Subnet | undefined {
  if (subnets.length < 2) return subnets[0];
  return {
    text: subnets.map(({ text }) => text).join(" and "),
    covers: (address) => subnets.some((one) => one.covers(address)),
    contains: (address) => subnets.some((one) => one.contains(address)),
  };
}

function subnetOf(text: string, family: Family): Subnet {
  const subnet = parseSubnet(text, family);
  if (!subnet) throw new Error(`${text} is not a subnet`);
  return subnet;
}

/** Whether the text is an address of that family, without a zone. */
export function isOfFamily(address: string, family: Family): boolean {
  return isIP(address) === (family === "ipv4" ? 4 : 6) && !address.includes("%");
}

function numberOf(address: string): bigint {
  if (isIP(address) === 4) return address.split(".").reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  // The parser of URLs writes an address in one form, without an IPv4 tail.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (part: string | undefined) => (part ? part.split(":") : []);
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(missing).fill("0"), ...groups(tail)];
  return all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** Unspecified, loopback, link-local, multicast and reserved; of IPv6 those that stand for IPv4 ones too. */
const unusable: Readonly<Record<Family, readonly Subnet[]>> = {
  ipv4: ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"].map((text) => subnetOf(text, "ipv4")),
  ipv6: ["::/127", "fe80::/10", "ff00::/8", "::ffff:0:0/96"].map((text) => subnetOf(text, "ipv6")),
};

/** Whether an instance outside of any known subnet may have the address, so that Traefik can send requests to it. */
export function isServable(address: string, family: Family): boolean {
  return isOfFamily(address, family) && !unusable[family].some((subnet) => subnet.covers(address));
}

/** The ranges of a list as `ipv4.routes` has them, or of addresses; what else is in it is left out. */
export function rangesOf(written: readonly string[], family: Family): Subnet[] {
  return written
    .flatMap((list) => list.split(","))
    .flatMap((text) => {
      const range = text.trim();
      const whole = range.includes("/") ? range : `${range}/${family === "ipv4" ? 32 : 128}`;
      return parseSubnet(whole, family) ?? [];
    });
}

/** A subnet, and what the operator routes there. */
export function withRoutes(subnet: Subnet, routes: readonly Subnet[], family: Family): Subnet {
  if (routes.length === 0) return subnet;
  const isRouted = (address: string) => isServable(address, family) && routes.some((route) => route.covers(address));
  return { ...subnet, contains: (address) => subnet.contains(address) || isRouted(address) };
}

/** The managed networks. `none` and `auto` are not subnets; an uplink of OVN networks has its subnet in `ipv4.gateway`. */
export function networksOf(wire: z.output<typeof wireNetworks>): Networks {
  return new Map(
    wire
      .filter(({ managed }) => managed)
      .map(({ name, type, config }) => {
        const of = (family: Family) => {
          const text = config?.[`${family}.address`] ?? config?.[`${family}.gateway`] ?? "";
          const own = parseSubnet(text, family, [text.replace(/\/.*/, ""), config?.[`${family}.dhcp.gateway`] ?? ""]);
          return own && withRoutes(own, rangesOf([config?.[`${family}.routes`] ?? ""], family), family);
        };
        const [ipv4, ipv6] = [of("ipv4"), of("ipv6")];
        const isStateful = config?.["ipv6.dhcp.stateful"] === "true";
        return [name, { type: type ?? undefined, isStateful, ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) }];
      }),
  );
}
