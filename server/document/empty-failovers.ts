import type { ObjectId, ObjectValue } from "../../traefik/objects/objects.ts";
import { kindOf, objectId } from "../../traefik/objects/objects.ts";

type Objects = ReadonlyMap<ObjectId, ObjectValue>;

/**
 * The failover services whose main service has no server, in the form to serve: the fallback alone. Traefik considers a service
 * without servers healthy, so it would answer 503 and never fail over. (Seen on 3.7.15.) A failover by status stays as it is: it
 * fails over for that 503.
 */
export function emptyFailovers(objects: Objects): Map<ObjectId, ObjectValue> {
  const known = new Map<ObjectId, boolean>();
  const empty = new Map<ObjectId, ObjectValue>();
  for (const [id, { failover, ...rest }] of objects) {
    if (kindOf(id) !== "http.services" || !isMap(failover) || failover.errors !== undefined) continue;
    if (!isEmpty(failover.service) || isEmpty(failover.fallback)) continue;
    const { healthCheck } = failover;
    const services = [{ name: failover.fallback, weight: 1 }];
    empty.set(id, { ...rest, weighted: { services, ...(healthCheck !== undefined && { healthCheck }) } });
  }
  return empty;

  /** Whether a service leads to no server. Unknown for another provider's service, so false. */
  function isEmpty(name: unknown): boolean {
    const id = objectId("http.services", String(name));
    const before = known.get(id);
    if (before !== undefined) return before;
    // There are no circles here; if there were one, this would still end.
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
      return Array.isArray(several.services) && several.services.every(({ name }: ObjectValue) => isEmpty(name));
    if (isMap(mirroring)) return isEmpty(mirroring.service);
    return isMap(failover) && isEmpty(failover.service) && isEmpty(failover.fallback);
  }
}

function isMap(value: unknown): value is ObjectValue {
  return typeof value === "object" && value !== null;
}
