import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { replicaNames } from "../../shared/replica-names.ts";
import { mayBeUnavailable, replicasOfFile } from "../../shared/rollout.ts";
import { countOf } from "../../shared/spread-schema.ts";
import { type Change, halfMade } from "./changes.ts";

export interface GuardOptions {
  /** Groups whose number of replicas this command has set: their losses are intended. */
  readonly meant?: ReadonlySet<string> | undefined;
  /** The replicas that are in the load balancer. Left out if no server can be asked: then any replica may be. */
  readonly served?: ReadonlySet<string> | undefined;
}

/**
 * Why a plan may not be applied: one sentence with its cure for each group that would lose more replicas at once than
 * `maxUnavailable`, be it only while they are moved. A replica that a failed apply left half made, and that is not served, is no loss.
 */
export function refusals(
  changes: readonly Change[],
  groups: readonly DeclaredGroup[],
  { meant, served }: GuardOptions = {},
): string[] {
  const losing = new Map<string, Change[]>();
  for (const change of changes) {
    const { action, group, name, why } = change;
    const isMeant = action === "destroy" && group !== undefined && meant?.has(group);
    const isNoLoss = why.includes(halfMade) && served?.has(name) === false;
    const isLoss = action === "replace" || action === "destroy" || change.moves === "stopped";
    if (!isLoss || isMeant || isNoLoss) continue;
    const key = change.group ?? "";
    losing.set(key, [...(losing.get(key) ?? []), change]);
  }
  return [...losing].flatMap(([name, lost]) => {
    const group = groups.find((one) => one.name === name);
    const allowed = mayBeUnavailable(group ?? { replicas: 0 });
    const isMove = lost.every((one) => changes.some(({ name, action }) => name === one.name && action === "create"));
    return lost.length > allowed ? [sentence(name, lost, allowed, isMove ? undefined : cure(name, lost, group))] : [];
  });
}

/** Without a cure they move from one source to another. */
function sentence(name: string, lost: readonly Change[], allowed: number, cure: string | undefined): string {
  const names = lost.map((change) => change.name).join(", ");
  const what = `${name || "instances without a group"}: ${verb(lost)} ${names} at once is more than maxUnavailable ${allowed}`;
  if (lost.every(({ why }) => why.includes(halfMade)))
    return `${what}. A failed apply left them half made from an older declaration, but they may serve: --force creates them again`;
  if (name === "") return `${what}. Accept the outage with --force`;
  if (cure === undefined)
    return `${what}. They move to another source: move ${allowed} at a time by counts, as in \`spread: { lxd-a: 2, incus-b: 1 }\`, or accept the outage with --force`;
  return `${what}. ${cure}, or accept the outage with --force`;
}

function verb(lost: readonly Change[]): string {
  if (lost.some(({ action }) => action === "replace")) return "replacing";
  return lost.some(({ moves }) => moves === "stopped") ? "stopping and moving" : "destroying";
}

function cure(name: string, lost: readonly Change[], group: DeclaredGroup | undefined): string {
  const replaced = lost.filter(({ action }) => action === "replace");
  if (!group)
    return `If that is intended, restore its file, run \`rollcall scale ${name}=0 --deploy\`, then remove the file`;
  if (replaced.length === 0 && lost.some(({ moves }) => moves === "stopped"))
    return "Raise rollout.maxUnavailable for this deploy";
  if (replaced.length === 0 && countOf(group.spread) !== undefined)
    return "If that is intended, lower the counts of its spread in smaller steps";
  if (replaced.length === 0)
    return `If that is intended, run \`rollcall scale ${name}=${replicasOfFile(group)} --deploy\``;
  const [, before, after] = imageChange(replaced);
  if (before === undefined || after === undefined)
    return "Only a new image can be rolled out in steps: declare a second group, shift the traffic to it, then scale this one to 0";
  if (group.rollout?.image === after) {
    // A rollout continues from the file as it is, which is this plan.
    const partition = 1 + Math.max(...replaced.map((change) => replicaNames(group).indexOf(change.name)));
    return `Write \`partition: ${partition}\` next to that image; \`rollcall rollout ${name}\` then continues in steps`;
  }
  return `Set \`image: ${before}\` again; \`rollcall rollout ${name} --image ${after}\` then replaces them step by step`;
}

function imageChange(replaced: readonly Change[]): readonly (string | undefined)[] {
  const why = replaced.flatMap((change) => change.why).find((one) => one.startsWith("image: "));
  return /^image: (\S+) -> (\S+)$/.exec(why ?? "") ?? [];
}
