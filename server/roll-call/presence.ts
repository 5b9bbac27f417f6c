import { tags } from "../../shared/tags.ts";
import type { Instance, Listing, Nic } from "./observed.ts";
import type { Reason } from "./plan.ts";
import type { Roster } from "./roster.ts";

/**
 * What can be said of one instance that a roster expects. `absent` is said by the source; `unknown` is said by nobody, and a
 * member stays. `address` is then the one that is still shown, if any.
 */
export type Presence =
  | { readonly is: "present"; readonly address: string }
  | { readonly is: "absent"; readonly reason: Reason; readonly detail: string }
  | { readonly is: "unknown"; readonly reason: Reason; readonly detail: string; readonly address?: string };

/** `remembered`: the address at which the instance is served now. It is kept while the instance shows it. */
export function presenceOf(
  roster: Roster,
  name: string,
  listing: Listing | undefined,
  remembered: string | undefined,
): Presence {
  const instance = listing?.instances?.get(name);
  const isUntagged =
    !roster.selector && instance && instance.state !== "error" && instance.keys[tags.group] !== roster.group;
  if (isUntagged) return { is: "absent", reason: "untagged", detail: `its config lacks ${tags.group}=${roster.group}` };
  return instancePresence(roster, name, listing, remembered);
}

/** Where an instance is looked for, and by which NIC it is reached. */
export interface Whereabouts {
  readonly source: string;
  readonly project: string;
  readonly nic?: string | undefined;
}

/** What can be said of an instance, whoever expects it. */
export function instancePresence(
  whereabouts: Whereabouts,
  name: string,
  listing: Listing | undefined,
  remembered: string | undefined,
): Presence {
  if (!listing?.instances) return { is: "unknown", reason: "not-read", detail: notRead(whereabouts, listing) };
  const instance = listing.instances.get(name);
  const where = `project ${whereabouts.project} of source ${whereabouts.source}`;
  if (!instance) return { is: "absent", reason: "missing", detail: `${where} has no instance of that name` };
  if (instance.state === "error")
    return { is: "unknown", reason: "error", detail: "LXD reports Error: its cluster member may be offline" };
  if (instance.state === "stopped") return { is: "absent", reason: "stopped", detail: "the instance does not run" };
  if (instance.state === "frozen") return { is: "absent", reason: "frozen", detail: "the instance is frozen" };
  const nic = chosenNic(instance, whereabouts.nic);
  const address = addressOf(nic, remembered);
  if (instance.state === "freezing")
    return { is: "unknown", reason: "frozen", detail: "just seen frozen", ...(address !== undefined && { address }) };
  if (address === undefined) return { is: "absent", reason: "no-address", detail: noAddress(nic, whereabouts.nic) };
  return { is: "present", address };
}

/** The NIC that is asked for; else the only one, else eth0, else the first by name. */
function chosenNic(instance: Instance, asked: string | undefined): Nic | undefined {
  const { nics } = instance;
  if (asked !== undefined) return nics.find((nic) => nic.name === asked);
  return nics.find((nic) => nic.name === "eth0") ?? nics[0];
}

function addressOf(nic: Nic | undefined, remembered: string | undefined): string | undefined {
  const shown = nic?.addresses ?? [];
  const chosen = shown.find(({ address }) => address === remembered) ?? shown.find(({ tentative }) => !tentative);
  return chosen?.address;
}

function noAddress(nic: Nic | undefined, asked: string | undefined): string {
  if (!nic) return asked === undefined ? "runs, but has no NIC" : `runs, but has no NIC ${asked}`;
  return nic.refused ?? `runs, but ${nic.name} has no address yet`;
}

function notRead({ source, project }: Whereabouts, listing: Listing | undefined): string {
  return listing?.problem ?? `project ${project} of source ${source} has not been read yet`;
}
