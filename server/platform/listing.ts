import type { Address, Instance, Nic } from "../roll-call/observed.ts";
import { type AddressOptions, nicsOf } from "./address.ts";
import type { Networks } from "./subnets.ts";
import type { WireInstance } from "./wire.ts";

/** What a look at a project saw: the instances, and since when each frozen one has been frozen. */
export interface Seen {
  readonly instances: ReadonlyMap<string, Instance>;
  /** By name, in milliseconds of a clock that only goes forward. */
  readonly frozenSince: ReadonlyMap<string, number>;
}

/** A snapshot freezes a container for 80 ms: an instance counts as frozen after two looks this far apart, in milliseconds. */
export const frozenFor = 1000;

/** Reads a whole listing at `now`. `before` is what the previous look saw; only freezing and IPv6 addresses depend on it. */
export function readListing(
  wire: readonly WireInstance[],
  networks: Networks,
  options: AddressOptions,
  before: Seen | undefined,
  now: number,
): Seen {
  const frozenSince = new Map<string, number>();
  const instances = new Map<string, Instance>();
  for (const one of wire) {
    const state = stateOf(one.status_code);
    if (state === "frozen") frozenSince.set(one.name, before?.frozenSince.get(one.name) ?? now);
    const frozen = now - (frozenSince.get(one.name) ?? now) >= frozenFor;
    instances.set(one.name, {
      name: one.name,
      state: state === "frozen" && !frozen ? "freezing" : state,
      keys: userKeys(one.expanded_config ?? {}),
      nics: nicsOf(one, networks, options).map((nic) =>
        options.family === "ipv6" ? tentative(nic, before?.instances.get(one.name)) : nic,
      ),
    });
  }
  return { instances, frozenSince };
}

/** LXD's status codes. Only instances that are Running or Ready serve; an unknown code does not mean stopped. */
function stateOf(code: number): "running" | "stopped" | "frozen" | "error" {
  if (code === 103 || code === 113 || code === 111) return "running";
  if (code === 109 || code === 110) return "frozen";
  if (code === 102 || (code >= 104 && code <= 108)) return "stopped";
  return "error";
}

function userKeys(config: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(config).filter(([key]) => key.startsWith("user.")));
}

/** The kernel lists an IPv6 address while it still checks for duplicates; by the next look it is settled. */
function tentative(nic: Nic, before: Instance | undefined): Nic {
  const known = before?.nics.find(({ name }) => name === nic.name)?.addresses ?? [];
  const isKnown = ({ address }: Address) => known.some((one) => one.address === address);
  return { ...nic, addresses: nic.addresses.map((one) => ({ ...one, tentative: !isKnown(one) })) };
}
