import type { ObjectId, ObjectValue } from "../../traefik/objects/objects.ts";
import { kindOf, objectId } from "../../traefik/objects/objects.ts";

type Objects = ReadonlyMap<ObjectId, ObjectValue>;

/**
 * The failover services whose main service has nobody, each as it is to be served: its fallback alone. Traefik takes a service
 * without any server for a healthy one, so it would answer 503 and never fail over. (Seen on 3.7.15.) One that fails over by
 * status is left alone: it does so for that 503.
 */
export function emptyFailovers(objects: Objects): Map<ObjectId, ObjectValue> {
  const known = new Map<ObjectId, boolean>();
  const empty = new Map<ObjectId, ObjectValue>();
  for (const [id, { failover, ...rest }] of objects) {
    if (kindOf(id) !== "http.services" || !isMap(failover) || failover.errors !== undefined) continue;
    if (!hasNobody(failover.service) || hasNobody(failover.fallback)) continue;
    const { healthCheck } = failover;
    const services = [{ name: failover.fallback, weight: 1 }];
    empty.set(id, { ...rest, weighted: { services, ...(healthCheck !== undefined && { healthCheck }) } });
  }
  return empty;

  /** Whether a service leads to no server. Of another provider's nobody knows. */
  function hasNobody(name: unknown): boolean {
    const id = objectId("http.services", String(name));
    const before = known.get(id);
    if (before !== undefined) return before;
    // Nothing names itself by way of others here; if it did, this would end all the same.
    known.set(id, false);
    const value = objects.get(id);
    const answer = value !== undefined && leadsNowhere(value);
    known.set(id, answer);
    return answer;
  }

  function leadsNowhere({ loadBalancer, weighted, highestRandomWeight, mirroring, failover }: ObjectValue): boolean {
    if (isMap(loadBalancer)) return Array.isArray(loadBalancer.servers) && loadBalancer.servers.length === 0;
    const several = [weighted, highestRandomWeight].find(isMap);
    if (several)
      return Array.isArray(several.services) && several.services.every(({ name }: ObjectValue) => hasNobody(name));
    if (isMap(mirroring)) return hasNobody(mirroring.service);
    return isMap(failover) && hasNobody(failover.service) && hasNobody(failover.fallback);
  }
}

function isMap(value: unknown): value is ObjectValue {
  return typeof value === "object" && value !== null;
}
