import type { Instance } from "../roll-call/observed.ts";
import { type AddressOptions, nicsOf } from "./address.ts";
import type { Loss } from "./guard.ts";
import { addedDevicesOf, baseImageOf } from "./inventory.ts";
import type { Operations } from "./operations.ts";
import type { Networks } from "./subnets.ts";
import type { WireInstance } from "./wire.ts";

/** What a look at a project saw: the instances, and since when looks in a row have shown what is new or doubtful of them. */
export interface Seen {
  readonly instances: ReadonlyMap<string, Instance>;
  /** In milliseconds of a clock that only goes forward, by what was shown: `freezing web-0`, `10.0.0.5 eth0 web-0`. */
  readonly since: ReadonlyMap<string, number>;
  /** The instances in error that count as stopped, on the operator's word. */
  readonly givenUp: ReadonlySet<string>;
}

export const nothingLost: Loss = { names: [], held: new Set(), accepted: false };

/** What passes within a second is not believed: it has to be seen in two looks this far apart, in milliseconds. */
const confirmedAfter = 1000;

/** States that a second look has to confirm: a snapshot freezes a container for 80 ms, and LXD sometimes fails to read a network. */
const doubtful: ReadonlySet<Instance["state"]> = new Set(["freezing", "unread", "unlisted", "error"]);

/** Whether it is in a state that a second look has to confirm. */
export function isDoubtful({ state, agreed }: Instance): boolean {
  return doubtful.has(state) && !agreed;
}

export interface ListingOptions extends AddressOptions {
  readonly networks: Networks;
  /** What the previous look saw; doubtful states and new addresses depend on it. */
  readonly before: Seen | undefined;
  /** The only instances that were read; the others are as before. @default all */
  readonly only?: ReadonlySet<string> | undefined;
  /** What went on while it was listed. @default nothing */
  readonly operations?: Operations;
  /** What the listing lacks silently. It is `unlisted` for a while. */
  readonly lost: Loss;
  /** Whether its daemon has the status Ready. LXD 5.0 has not. */
  readonly knowsReady?: boolean;
  readonly now: number;
}

/** Reads a listing at `now`: a whole one, or what was read of some instances. */
export function readListing(wire: readonly WireInstance[], options: ListingOptions): Seen {
  const { networks, before, lost, now, operations, knowsReady } = options;
  const kept = before && options.only ? without(before, options.only) : nothingSeen;
  const since = new Map(kept.since);
  const givenUp = new Set(kept.givenUp);
  function shownFor(what: string, isHeldUp = false): number {
    const first = (isHeldUp ? undefined : before?.since.get(what)) ?? now;
    since.set(what, first);
    return now - first;
  }
  /** Whether an instance has been in a doubtful state for long enough. A snapshot may freeze it for longer than that. */
  function isConfirmed(name: string, state: Instance["state"]): boolean {
    return shownFor(`${state} ${name}`, state === "freezing" && operations?.freezes(name)) >= confirmedAfter;
  }
  const instances = new Map(kept.instances);
  for (const one of wire) {
    if (stateOf(one.status_code) === "error" && (lost.accepted || before?.givenUp.has(one.name))) givenUp.add(one.name);
    const listed = givenUp.has(one.name) ? "stopped" : stateOf(one.status_code);
    const leaving = operations?.leaving(one);
    const uuid = one.config?.["volatile.uuid"];
    const nics = nicsOf(one, networks, options, (nic, address) => shownFor(`${address} ${nic} ${one.name}`));
    const isUnread =
      listed === "running" &&
      Object.keys(one.state?.network ?? {}).length === 0 &&
      nics.every(({ addresses }) => addresses.length === 0);
    const isFreezing = listed === "frozen" && !isConfirmed(one.name, "freezing");
    const doubt = isUnread ? "unread" : listed === "error" ? listed : undefined;
    instances.set(one.name, {
      name: one.name,
      state: isFreezing ? "freezing" : isUnread ? "unread" : listed,
      ...(leaving !== undefined && { leaving }),
      ...(uuid !== undefined && { uuid }),
      ...(knowsReady && { saysReady: one.status_code === 113 }),
      ...(doubt && isConfirmed(one.name, doubt) && { agreed: true }),
      ...(listed === "error" && !one.config && one.location && { member: one.location }),
      keys: userKeys(one.expanded_config ?? {}),
      baseImage: baseImageOf(one),
      addedDevices: addedDevicesOf(one),
      nics,
    });
  }
  for (const name of lost.accepted ? [] : lost.names) {
    const agreed = isConfirmed(name, "unlisted");
    if (!agreed || lost.held.has(name))
      instances.set(name, { name, state: "unlisted", keys: {}, nics: [], ...(agreed && { agreed }) });
  }
  return { instances, since, givenUp };
}

const nothingSeen: Seen = { instances: new Map(), since: new Map(), givenUp: new Set() };

function without(seen: Seen, names: ReadonlySet<string>): Seen {
  return {
    instances: new Map([...seen.instances].filter(([name]) => !names.has(name))),
    // No name of an instance has a space.
    since: new Map([...seen.since].filter(([what]) => !names.has(what.slice(what.lastIndexOf(" ") + 1)))),
    givenUp: new Set([...seen.givenUp].filter((name) => !names.has(name))),
  };
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
