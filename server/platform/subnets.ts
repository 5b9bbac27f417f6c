import { BlockList, isIP } from "node:net";
import type { z } from "zod";
import type { wireNetworks } from "./wire.ts";

export type Family = "ipv4" | "ipv6";

/** A subnet that addresses are checked against. */
export interface Subnet {
  /** `10.77.0.0/24`, as written. */
  readonly text: string;
  contains(address: string): boolean;
}

/** The subnets of the managed networks, by network name. */
export type Networks = ReadonlyMap<string, Partial<Record<Family, Subnet>>>;

/** Undefined unless `text` is `address/prefix` of that family. */
export function parseSubnet(text: string, family: Family): Subnet | undefined {
  const [, address = "", prefix = ""] = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(text) ?? [];
  if (isIP(address) !== (family === "ipv4" ? 4 : 6)) return undefined;
  if (Number(prefix) > (family === "ipv4" ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), family);
  return { text, contains: (candidate) => isIP(candidate) !== 0 && list.check(candidate, family) };
}

/** The subnets of LXD's networks. `none` and `auto` are not subnets; a network that LXD does not manage has none. */
export function networksOf(wire: z.output<typeof wireNetworks>): Networks {
  return new Map(
    wire
      .filter(({ managed }) => managed)
      .map(({ name, config }) => {
        const ipv4 = parseSubnet(config?.["ipv4.address"] ?? "", "ipv4");
        const ipv6 = parseSubnet(config?.["ipv6.address"] ?? "", "ipv6");
        return [name, { ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) }];
      }),
  );
}
