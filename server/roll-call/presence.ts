import { tags } from "../../shared/tags.ts";
import { type Marks, markKey, markWords } from "./marks.ts";
import { type Instance, isBare, type Listing, type Nic } from "./observed.ts";
import type { FoundState, Reason, ReplicaPlan, ReplicaState } from "./plan.ts";
import type { Place, Roster } from "./roster.ts";

/**
 * What is known of one instance that is expected. `leaving`: it runs, and is to be out. `absent`: its source says so. `unknown`: nothing
 * says so, and a member stays; `address` is the one that is still listed, if any.
 */
export type Found =
  | { readonly is: "present"; readonly address: string }
  | { readonly is: "leaving"; readonly address: string; readonly reason: Reason; readonly detail: string }
  | { readonly is: "absent"; readonly reason: Reason; readonly detail: string }
  | { readonly is: "unknown"; readonly reason: Reason; readonly detail: string; readonly address?: string | undefined };

/** `starting`: it is present, and not ready yet. */
export type Presence =
  | Found
  | { readonly is: "starting"; readonly address: string; readonly reason: Reason; readonly detail: string };

/** `remembered`: the address at which the instance is served now. It is kept while it is listed. */
export function presenceOf(
  roster: Roster & Place,
  name: string,
  listing: Listing | undefined,
  remembered: string | undefined,
  marks: Marks = new Map(),
): Found {
  const instance = listing?.instances?.get(name);
  const isUntagged = !roster.selector && instance && !isBare(instance) && instance.keys[tags.group] !== roster.group;
  if (isUntagged) return { is: "absent", reason: "untagged", detail: `its config lacks ${tags.group}=${roster.group}` };
  return instancePresence(roster, name, listing, remembered, marks);
}

/** Where an instance is looked for, and by which NIC it is reached. */
export interface Whereabouts {
  readonly source: string;
  readonly project: string;
  readonly nic?: string | undefined;
}

/** What each state means by itself. For a running instance the address decides. */
const saidBy = (platform: string): Readonly<Record<Instance["state"], Said | undefined>> => ({
  running: undefined,
  unread: { is: "unknown", reason: "no-address", detail: `runs, but ${platform} could not read its network just now` },
  unlisted: {
    is: "unknown",
    reason: "missing",
    detail: `${platform} lists it no longer, though no event told of its end`,
  },
  stopped: { is: "absent", reason: "stopped", detail: "the instance does not run" },
  frozen: { is: "absent", reason: "frozen", detail: "the instance is frozen" },
  freezing: { is: "unknown", reason: "frozen", detail: "just seen frozen" },
  error: { is: "unknown", reason: "error", detail: `${platform} reports Error: its cluster member may be offline` },
});
type Said = Extract<Presence, { is: "absent" | "unknown" }>;

/** What is known of an instance, whether a group expects it or its labels declare it. */
export function instancePresence(
  whereabouts: Whereabouts,
  name: string,
  listing: Listing | undefined,
  remembered: string | undefined,
  marks: Marks = new Map(),
): Found {
  if (!listing?.instances) return { is: "unknown", reason: "not-read", detail: notRead(whereabouts, listing) };
  const instance = listing.instances.get(name);
  const where = `project ${whereabouts.project} of source ${whereabouts.source}`;
  const isNone = listing.isStandby ? "is a standby, whose instances don't count" : "has no instance of that name";
  if (!instance) return { is: "absent", reason: "missing", detail: `${where} ${isNone}` };
  const nic = chosenNic(instance, whereabouts.nic);
  const address = addressOf(nic, remembered);
  const said = saidBy(listing.platform ?? "LXD")[instance.state];
  const out = said?.is === "absent" ? undefined : leavingWords(whereabouts, instance, marks);
  const at = address ?? remembered;
  if (out !== undefined && at !== undefined) return { is: "leaving", address: at, reason: "leaving", detail: out };
  if (said?.is === "unknown") {
    const isLost = isBare(instance) || instance.agreed;
    const reason = isLost && remembered !== undefined ? "unconfirmed" : said.reason;
    const seen = instance.state === "unread" ? (nic?.problem ?? said.detail) : said.detail;
    const { member } = instance;
    const detail = member === undefined ? seen : `its cluster member ${member} does not answer`;
    return { is: "unknown", reason, detail, address };
  }
  if (said) return said;
  if (address === undefined)
    return { is: "absent", reason: "no-address", detail: nic ? noAddress(nic) : noNic(instance, whereabouts.nic) };
  return { is: "present", address };
}

/** Why an instance that may run is out: what its platform does to it, or a mark. */
function leavingWords({ source, project }: Whereabouts, instance: Instance, marks: Marks): string | undefined {
  const mark = marks.get(markKey({ source, project, instance: instance.name }));
  const isMarked = mark && (isBare(instance) || (instance.uuid ?? "") === mark.uuid);
  return instance.leaving ?? (isMarked ? markWords(mark) : undefined);
}

/** The address at which an instance is served from now on, if any; `remembered` is the one until now. An unknown instance keeps it. */
export function servedAt(presence: Presence, remembered: string | undefined): string | undefined {
  if (presence.is === "present") return presence.address;
  return presence.is === "unknown" && remembered !== undefined ? (presence.address ?? remembered) : undefined;
}

/** What a plan says of a replica, or of an instance that declares itself. */
export interface Row<State extends ReplicaState> extends Pick<ReplicaPlan, "address" | "reason" | "detail"> {
  readonly state: State;
}

/** `address`: where it is served, as `servedAt` says; may be left out for one that is present. `problem`: why the newest listing failed. */
export function rowOf(presence: Found, address: string | undefined, problem: string | undefined): Row<FoundState>;
export function rowOf(
  presence: Presence,
  address: string | undefined,
  problem: string | undefined,
): Row<FoundState | "starting">;
export function rowOf(
  presence: Presence,
  address: string | undefined,
  problem: string | undefined,
): Row<FoundState | "starting"> {
  if (presence.is !== "present") {
    const { is, reason, detail } = presence;
    if (address !== undefined) return { state: "kept", address, reason, detail };
    if (is === "starting" || is === "leaving") return { state: is, address: presence.address, reason, detail };
    return { state: "absent", reason, detail };
  }
  const at = { address: address ?? presence.address };
  if (problem === undefined) return { state: "member", ...at };
  return { state: "kept", ...at, reason: "not-read", detail: problem };
}

/** The NIC of the name that was asked for, or the only one on the network of that name; else the only one, else eth0, else the first by name. */
function chosenNic({ nics }: Instance, asked = ""): Nic | undefined {
  const named = nics.find((nic) => nic.name === (asked || "eth0"));
  if (named || asked === "") return named ?? nics[0];
  const [first, second] = nics.filter(({ network }) => network === asked);
  return second ? undefined : first;
}

function addressOf(nic: Nic | undefined, remembered: string | undefined): string | undefined {
  const shown = nic?.addresses;
  const chosen = shown?.find(({ address }) => address === remembered) ?? shown?.find(({ tentative }) => !tentative);
  return chosen?.address;
}

function noAddress({ name, addresses, problem }: Nic): string {
  const shared = addresses.find(({ sharedWith }) => sharedWith !== undefined);
  if (shared) return `runs, but its address ${shared.address} is also that of ${shared.sharedWith}`;
  return problem ?? `runs, but ${name} has no address yet`;
}

function noNic({ nics }: Instance, asked: string | undefined): string {
  const all = nics.map(({ name, network }) => (network === undefined ? name : `${name} on ${network}`)).join(", ");
  if (all === "") return "runs, but has no NIC";
  const count = nics.filter(({ network }) => network === asked).length;
  return `runs, but has ${count > 0 ? `${count} NICs on ${asked}` : `no NIC ${asked}`}; it has ${all}`;
}

function notRead({ source, project }: Whereabouts, listing: Listing | undefined): string {
  return listing?.problem ?? `project ${project} of source ${source} has not been read yet`;
}
