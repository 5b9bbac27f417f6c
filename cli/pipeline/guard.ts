import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { replicaNames } from "../../shared/replica-names.ts";
import { mayBeUnavailable } from "../../shared/rollout.ts";
import { type Change, halfMade } from "./changes.ts";

export interface GuardOptions {
  /** Groups whose number of replicas the command itself has set: what those lose is asked for. */
  readonly meant?: ReadonlySet<string> | undefined;
  /** The replicas that are in the load balancer. Left out where no server can be asked: each may be. */
  readonly served?: ReadonlySet<string> | undefined;
}

/**
 * Why a plan may not be applied: one sentence with its cure for each group of which it would take more replicas at once than
 * `maxUnavailable`. One that a failed apply left half made, and that is not served, is no loss.
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
    if ((action !== "replace" && action !== "destroy") || isMeant || isNoLoss) continue;
    const key = change.group ?? "";
    losing.set(key, [...(losing.get(key) ?? []), change]);
  }
  return [...losing].flatMap(([name, lost]) => {
    const group = groups.find((one) => one.name === name);
    const allowed = mayBeUnavailable(group?.rollout, group?.replicas ?? 0);
    return lost.length > allowed ? [sentence(name, lost, allowed, group)] : [];
  });
}

function sentence(name: string, lost: readonly Change[], allowed: number, group: DeclaredGroup | undefined): string {
  const replaced = lost.filter(({ action }) => action === "replace");
  const names = lost.map((change) => change.name).join(", ");
  const what = `${name || "what has no group"}: ${replaced.length > 0 ? "replacing" : "destroying"} ${names} at once is more than maxUnavailable ${allowed}`;
  if (lost.every(({ why }) => why.includes(halfMade)))
    return `${what}. An apply that failed left them half made, but they may serve: \`terraform untaint lxd_instance.${lost[0]?.name}\` in the stack's directory keeps one, --force makes them anew`;
  return `${what}. ${cure(name, replaced, group)}, or --force takes the outage`;
}

function cure(name: string, replaced: readonly Change[], group: DeclaredGroup | undefined): string {
  if (!group)
    return `Restore its file, and \`rollcall scale ${name}=0 --deploy\` says that it is meant; then the file may go`;
  if (replaced.length === 0) return `\`rollcall scale ${name}=${group.replicas} --deploy\` says that it is meant`;
  const [, before, after] = imageChange(replaced);
  if (before === undefined || after === undefined)
    return "Only a new image comes in steps: declare a second group, move the traffic to it, then scale this one to 0";
  if (group.rollout?.image === after) {
    // What a rollout goes on with is the file as it stands, which is this plan.
    const partition = 1 + Math.max(...replaced.map((change) => replicaNames(group).indexOf(change.name)));
    return `Write \`partition: ${partition}\` beside that image, and \`rollcall rollout ${name}\` goes on in steps from there`;
  }
  return `Put \`image: ${before}\` back, and \`rollcall rollout ${name} --image ${after}\` replaces them step by step`;
}

function imageChange(replaced: readonly Change[]): readonly (string | undefined)[] {
  const why = replaced.flatMap((change) => change.why).find((one) => one.startsWith("image: "));
  return /^image: (\S+) -> (\S+)$/.exec(why ?? "") ?? [];
}
