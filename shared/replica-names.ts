import type { Group } from "./group.ts";

/** The names of a group's replicas in the order of their index, `web-0`, `web-1`, ... Names are made here only. */
export function replicaNames(group: Pick<Group, "name" | "replicas">): string[] {
  return Array.from({ length: group.replicas }, (_, index) => `${group.name}-${index}`);
}

/** Whether a group of that name can have a replica of this name, with enough replicas. */
export function isReplicaName(written: string, group: string): boolean {
  return written.startsWith(`${group}-`) && /^(0|[1-9]\d*)$/.test(written.slice(group.length + 1));
}
