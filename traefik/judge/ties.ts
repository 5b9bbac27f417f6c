import { type Candidate, entryPointsOf, kindOf, nameOf, type ObjectId, type ObjectValue } from "../objects/objects.ts";
import { priorityOf } from "../rule/priority.ts";

/**
 * The candidates, with a problem for each router that shares its rule, priority and entry points with another one: Traefik's choice between
 * them is random, and another one after each reload. So has a UDP router on the entry point of another one, of which Traefik takes
 * one and says nothing. The first of them stays: one of a file before one of labels, one that was served before, else one of a group,
 * which comes first, else the one that is first by name.
 */
export function withoutTies(
  candidates: readonly Candidate[],
  previous: ReadonlyMap<ObjectId, ObjectValue>,
): readonly Candidate[] {
  const problems = new Map([...ruleTies(candidates, previous), ...udpTies(candidates, previous)]);
  return candidates.map((candidate) => {
    const problem = problems.get(candidate);
    return problem === undefined ? candidate : { ...candidate, problem, withdrawn: candidate.byLabels === true };
  });
}

type Previous = ReadonlyMap<ObjectId, ObjectValue>;

function ruleTies(candidates: readonly Candidate[], previous: Previous): [Candidate, string][] {
  const holders = new Map<string, Candidate>();
  const keyed = candidates.flatMap((candidate) => {
    const key = tieKey(candidate);
    return key === undefined ? [] : [{ candidate, key }];
  });
  for (const { candidate, key } of keyed) {
    const holder = holders.get(key);
    const isOlder =
      holder?.byLabels === candidate.byLabels && holder && !previous.has(holder.id) && previous.has(candidate.id);
    if (!holder || isOlder) holders.set(key, candidate);
  }
  return keyed.flatMap(({ candidate, key }): [Candidate, string][] => {
    const holder = holders.get(key);
    if (!holder || holder === candidate) return [];
    const problem = `has the rule and the priority of router ${nameOf(holder.id)} (${holder.origin}), and Traefik's choice would be random; give one of them a priority`;
    return [[candidate, problem]];
  });
}

/** What two routers may not share; undefined if the object is not a readable router. */
function tieKey({ id, value, problem }: Candidate): string | undefined {
  const kind = kindOf(id);
  if (!value || problem !== undefined || (kind !== "http.routers" && kind !== "tcp.routers")) return undefined;
  const { rule, priority, entryPoints, tls, parentRefs } = value;
  const points = Array.isArray(entryPoints) ? [...entryPoints].sort() : [];
  // The default priority is the length of the rule, so setting exactly that makes no difference.
  const known = priority || priorityOf(String(rule), kind === "tcp.routers" ? "tcp" : "http");
  return JSON.stringify([kind, rule, String(known), points, tls !== undefined && tls !== null, parentRefs ?? []]);
}

/**
 * An entry point of UDP has one router: of two, Traefik takes the last by name. (Seen on 3.0.4, 3.5.3, 3.6.15 and
 * 3.7.15.) A router that already had all of its entry points keeps them.
 */
function udpTies(candidates: readonly Candidate[], previous: Previous): [Candidate, string][] {
  const routers = candidates.filter(
    ({ id, value, problem }) => kindOf(id) === "udp.routers" && value && problem === undefined,
  );
  function isOlder({ id, value }: Candidate): boolean {
    const before = previous.get(id);
    const points = new Set(before && entryPointsOf(before));
    return before !== undefined && entryPointsOf(value ?? {}).every((point) => points.has(point));
  }
  const holders = new Map<string, Candidate>();
  const rank = (one: Candidate) => (one.byLabels ? 0 : 2) + Number(isOlder(one));
  const oldestFirst = [...routers].sort((a, b) => rank(b) - rank(a));
  return oldestFirst.flatMap((candidate): [Candidate, string][] => {
    const points = entryPointsOf(candidate.value ?? {});
    const [shared] = points.includes("*") ? holders.keys() : [...points, "*"].filter((point) => holders.has(point));
    const holder = shared === undefined ? undefined : holders.get(shared);
    if (!holder) for (const point of points) holders.set(point, candidate);
    if (!holder) return [];
    const which = shared === "*" ? "all entry points" : `entry point ${shared}`;
    const problem = `router ${nameOf(holder.id)} (${holder.origin}) is on ${which}, and Traefik takes one UDP router of each`;
    return [[candidate, problem]];
  });
}
