import { type Snapshot, snapshot } from "../../../server/document/snapshot.ts";
import type { Declared } from "../../../server/roll-call/declared.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import type { Instance, Listing, Observed } from "../../../server/roll-call/observed.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import type { DeclaredGroup } from "../../../shared/parse-groups.ts";
import { tags } from "../../../shared/tags.ts";

/** A declared group as the loader gives it; what a test does not say is the default. */
export function group(
  name: string,
  replicas: number,
  { source = "local", spread, ...rest }: Partial<DeclaredGroup> = {},
): DeclaredGroup {
  return {
    name,
    replicas,
    ...(spread ? { spread } : { source }),
    project: "default",
    gate: "complete",
    service: { protocol: "http", scheme: "http", port: 3000 },
    ...rest,
  };
}

export function declare(...groups: DeclaredGroup[]): Declared {
  return { directory: "/groups", groups, problem: undefined };
}

/** An instance of a group, running at an address unless said otherwise; `address: null` is one without. */
export function instance(
  name: string,
  { group = name.replace(/-\d+$/, ""), address = addressOf(name), state = "running", keys }: InstanceLiteral = {},
): Instance {
  const addresses = address === null ? [] : [address].flat();
  return {
    name,
    state,
    keys: keys ?? { [tags.group]: group },
    nics: [
      { name: "eth0", addresses: addresses.map((one) => ({ address: one, tentative: false })), problem: undefined },
    ],
  };
}

interface InstanceLiteral {
  readonly group?: string;
  readonly address?: string | readonly string[] | null;
  readonly state?: Instance["state"];
  readonly keys?: Readonly<Record<string, string>>;
}

/** The address that an instance of that name has in these tests: web-3 is at 10.0.0.3. */
export function addressOf(name: string): string {
  return `10.0.0.${/\d+$/.exec(name)?.[0] ?? "99"}`;
}

export function listing(...instances: Instance[]): Listing {
  return { instances: new Map(instances.map((one) => [one.name, one])), problem: undefined };
}

/** One source `local` with its project `default`. */
export function see(...instances: Instance[]): Observed {
  return seeListing(listing(...instances));
}

export function seeListing(one: Listing): Observed {
  return new Map([["local", new Map([["default", one]])]]);
}

export const nothingRead: Observed = new Map();

/** The snapshot of a group `web` whose replicas are all present. */
export function snapshotOf(replicas: number): Snapshot {
  const all = Array.from({ length: replicas }, (_, index) => instance(`web-${index}`));
  return snapshot(callRoll(noMemory, declare(group("web", replicas)), see(...all)).plan);
}

/** The snapshot of a group `web` of which nothing has been read. */
export function lockedSnapshot(replicas: number): Snapshot {
  return snapshot(callRoll(noMemory, declare(group("web", replicas)), nothingRead).plan);
}

/** The parts of a status that are about marks and documents, without any. */
export const noMarks = {
  traefiks: [],
  outputs: [],
  ordinal: 0,
  marks: new Map(),
  releaseOf: () => undefined,
  unseenUntil: 0,
  now: 0,
};
