import type { Finding } from "../model/finding.ts";
import { type Kind, kindOf, nameOf, type ObjectId, type ObjectValue, objectId } from "../objects/objects.ts";
import { isWritten, part, turnedOff } from "./findings.ts";

/** The other objects in the document, and the routers that name one as their parent. */
export interface Neighbours {
  readonly get: (id: ObjectId) => ObjectValue | undefined;
  readonly childrenOf: (router: ObjectId) => Iterable<ObjectId>;
  /** Remembers for each service that was asked for whether it reports its health. Made anew when an object changes. */
  readonly health: Map<ObjectId, boolean>;
}

/** The neighbours among some objects. */
export function neighboursIn(objects: ReadonlyMap<ObjectId, ObjectValue>): Neighbours {
  const children = new Map<ObjectId, Set<ObjectId>>();
  for (const [id, value] of objects)
    for (const parent of parentsOf(id, value)) {
      const known = children.get(parent);
      if (known) known.add(id);
      else children.set(parent, new Set([id]));
    }
  return { get: (id) => objects.get(id), childrenOf: (id) => children.get(id) ?? [], health: new Map() };
}

/** The routers that an HTTP router names as its parents. */
export function parentsOf(id: ObjectId, { parentRefs }: ObjectValue): ObjectId[] {
  if (kindOf(id) !== "http.routers" || !Array.isArray(parentRefs)) return [];
  return parentRefs.map((name) => objectId("http.routers", String(name)));
}

/**
 * Why Traefik turns an object off because of the others; `referencesOf` covers whether the objects it names
 * exist. (Seen on 3.7.15.)
 */
export function findingAmong(id: ObjectId, value: ObjectValue, neighbours: Neighbours): Finding | undefined {
  const kind = kindOf(id);
  if (kind === "http.routers") return parentFinding(id, value, neighbours);
  return kind === "http.services" || kind === "tcp.services" ? healthFinding(kind, value, neighbours) : undefined;
}

function parentFinding(id: ObjectId, value: ObjectValue, { childrenOf }: Neighbours): Finding | undefined {
  if (isWritten(value.parentRefs))
    for (const key of ["tls", "observability", "entryPoints"])
      if (isWritten(value[key])) return turnedOff([key], "is for routers without parentRefs");
  const [child] = childrenOf(id);
  if (value.service && child)
    return turnedOff(
      ["service"],
      `is written, and router ${nameOf(child)} names this one as its parent; a router has one of the two`,
    );
  if (value.service || child) return undefined;
  return turnedOff([], "has no service, and no router names it as its parent");
}

/** A parent with a healthCheck requires each child to have one. */
function healthFinding(kind: Kind, value: ObjectValue, neighbours: Neighbours): Finding | undefined {
  const asked = (name: unknown, path: readonly (string | number)[]) =>
    reports(kind, String(name), neighbours)
      ? undefined
      : turnedOff(path, "names a service without a healthCheck, and its health is needed here");
  for (const type of ["weighted", "highestRandomWeight"]) {
    const { services, healthCheck } = part(value, type);
    if (healthCheck === undefined || !Array.isArray(services)) continue;
    for (const [index, { name }] of (services as { name?: unknown }[]).entries()) {
      const found = asked(name, [type, "services", index, "name"]);
      if (found) return found;
    }
  }
  if (value.failover === undefined) return undefined;
  const { service, fallback, healthCheck, errors } = part(value, "failover");
  const byStatus = Array.isArray((errors as ObjectValue | undefined)?.status);
  return (
    (byStatus ? undefined : asked(service, ["failover", "service"])) ??
    (healthCheck === undefined ? undefined : asked(fallback, ["failover", "fallback"]))
  );
}

/** Whether a service reports its health to its parents. Services of other providers and missing ones are not judged here. */
function reports(kind: Kind, name: string, { get, health }: Neighbours): boolean {
  const passed = new Set<ObjectId>();
  let id = objectId(kind, name);
  let answer = health.get(id);
  while (answer === undefined) {
    passed.add(id);
    const value = get(id);
    const [type = ""] = Object.keys(value ?? {}).filter((key) => key !== "middlewares");
    const { healthCheck, service } = part(value, type);
    if (!value || nameOf(id).includes("@")) answer = true;
    else if (healthCheck === undefined) answer = false;
    // A mirroring reports the health of the service it mirrors.
    else if (type !== "mirroring") answer = true;
    else {
      id = objectId(kind, String(service));
      answer = passed.has(id) ? true : health.get(id);
    }
  }
  for (const one of passed) health.set(one, answer);
  return answer;
}
