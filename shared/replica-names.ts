import type { Group } from "./group.ts";

/** The names of a group's replicas in the order of their index, `web-0`, `web-1`, ... They are made nowhere else. */
export function replicaNames(group: Pick<Group, "name" | "replicas">): string[] {
  return Array.from({ length: group.replicas }, (_, index) => `${group.name}-${index}`);
}
