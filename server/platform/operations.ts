import type { z } from "zod";
import { type PlatformName, platforms } from "../../shared/platforms.ts";
import type { DaemonClient } from "./client.ts";
import type { WireInstance } from "./wire.ts";
import { wireOperations } from "./wire.ts";

/** What the operations of a project say of its instances. */
export interface Operations {
  /** What is being done to an instance that ends its service, as a sentence. Undefined if nothing is. */
  leaving(instance: Pick<WireInstance, "name" | "location">): string | undefined;
  /** Whether an operation that goes on, or has ended since an earlier reading, may have frozen it for a while. */
  freezes(name: string): boolean;
  /** The ids of those that have ended. */
  readonly ended: ReadonlySet<string>;
}

/** The operations that end with an instance stopped, frozen or elsewhere, by LXD's and Incus's description of them. */
const endings: ReadonlyMap<string, string> = new Map([
  ["Stopping instance", "is stopping it"],
  ["Restarting instance", "is restarting it"],
  ["Deleting instance", "is deleting it"],
  ["Freezing instance", "is freezing it"],
  ["Migrating instance", "is migrating it"],
  ["Live-migrating instance", "is migrating it"],
  ["Rebuilding instance", "is rebuilding it"],
  ["Restoring snapshot", "is restoring a snapshot of it"],
]);
/** It names no instance, only the cluster member that it runs on. */
const evacuation = "Evacuating cluster member";

/** Operations that freeze no instance, or only because that was asked for. All others, unknown ones too, may: a snapshot, a copy. */
const thawed = new Set([...endings.keys(), "Executing command", "Showing console", "Unfreezing instance"]);
thawed.delete("Migrating instance");

/** Whether the beginning or the end of an operation of that description changes who is leaving. */
export function isEnding(description: string): boolean {
  return endings.has(description) || description === evacuation;
}

const deadline = 3000;

/**
 * Reads what goes on in a project. LXD lists an operation until five seconds after its end (seen on 5.0.2), so what has begun and ended
 * after an earlier reading is there too. Throws DaemonError.
 */
export async function readOperations(client: DaemonClient, project: string, earlier?: Operations): Promise<Operations> {
  const path = `/1.0/operations?recursion=1&project=${encodeURIComponent(project)}`;
  return operationsOf(await client.get(path, wireOperations, deadline), client.platform, earlier);
}

export function operationsOf(
  wire: z.output<typeof wireOperations>,
  platform: PlatformName | undefined,
  earlier?: Operations,
): Operations {
  const { title } = platforms[platform ?? "lxd"];
  const ended = new Set<string>();
  const leaving = new Map<string, string>();
  const evacuated = new Set<string>();
  const frozen = new Set<string>();
  for (const one of Object.values(wire).flat()) {
    const goesOn = one.status_code < 200;
    if (!goesOn) ended.add(one.id);
    const words = isCopy(one) ? undefined : endings.get(one.description);
    for (const name of instancesOf(one)) {
      if (goesOn && words !== undefined) leaving.set(name, `${title} ${words}`);
      const counts = goesOn || (earlier && !earlier.ended.has(one.id));
      if (counts && !thawed.has(one.description)) frozen.add(name);
    }
    if (goesOn && one.description === evacuation && one.location) evacuated.add(one.location);
  }
  return {
    leaving: ({ name, location }) =>
      leaving.get(name) ??
      (location && evacuated.has(location) ? `${title} is evacuating its cluster member` : undefined),
    freezes: (name) => frozen.has(name),
    ended,
  };
}

export const noOperations: Operations = operationsOf({}, undefined);

type WireOperation = z.output<typeof wireOperations>[string][number];

/** What another server fetches is a copy: the instance runs on, and a stop or a delete is an operation of its own. */
function isCopy({ class: kind, description }: WireOperation): boolean {
  return kind === "websocket" && description === "Migrating instance";
}

/** `/1.0/instances/web-0`, `/1.0/containers/web-0`, either with `?project=shop`. */
export function instancesOf({ resources }: Pick<WireOperation, "resources">): string[] {
  const all = [...(resources?.instances ?? []), ...(resources?.containers ?? [])];
  return all.flatMap((url) => /^\/1\.0\/[a-z-]+\/([A-Za-z0-9-]+)(?:\?|$)/.exec(url)?.[1] ?? []);
}
