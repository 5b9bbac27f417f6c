import { priorityOf } from "../../shared/traefik/rule/priority.ts";
import { type Candidate, kindOf, nameOf, type ObjectId, type ObjectValue } from "./objects.ts";

/**
 * The candidates, with a problem for each router that has rule, priority and entry points of another one: Traefik's choice between
 * them is random, and another one after each reload. The first of them stays: one that was served before, else one of a group,
 * which comes first, else the one that is first by name.
 */
export function withoutTies(
  candidates: readonly Candidate[],
  previous: ReadonlyMap<ObjectId, ObjectValue>,
): readonly Candidate[] {
  const holders = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const key = tieKey(candidate);
    if (key === undefined) continue;
    const holder = holders.get(key);
    const isOlder = holder && !previous.has(holder.id) && previous.has(candidate.id);
    if (!holder || isOlder) holders.set(key, candidate);
  }
  return candidates.map((candidate) => {
    const key = tieKey(candidate);
    const holder = key === undefined ? undefined : holders.get(key);
    if (!holder || holder === candidate) return candidate;
    const problem = `has the rule and the priority of router ${nameOf(holder.id)} (${holder.origin}), and Traefik's choice would be random; give one of them a priority`;
    return { ...candidate, problem };
  });
}

/** What two routers may not share; undefined for what is no router that can be read. */
function tieKey({ id, value, problem }: Candidate): string | undefined {
  const kind = kindOf(id);
  if (!value || problem !== undefined || (kind !== "http.routers" && kind !== "tcp.routers")) return undefined;
  const { rule, priority, entryPoints, tls, parentRefs } = value;
  const points = Array.isArray(entryPoints) ? [...entryPoints].sort() : [];
  // A priority that is not written is the length of the rule, so that writing that makes no difference.
  const known = priority || priorityOf(String(rule), kind === "tcp.routers" ? "tcp" : "http");
  return JSON.stringify([kind, rule, String(known), points, tls !== undefined && tls !== null, parentRefs ?? []]);
}
