import { kindOf, type ObjectId, type ObjectValue, objectId } from "../../traefik/objects/objects.ts";
import { balancesBlindly } from "../roll-call/weights.ts";

type Objects = ReadonlyMap<ObjectId, ObjectValue>;

/** A service in the form to serve while some of the services it names have no server. */
export interface AroundEmpty {
  readonly value: ObjectValue;
  /** What is different, for people. */
  readonly notes: readonly string[];
}

/**
 * The services that go by the health of others and name one without servers, or with servers of weight 0 alone. Traefik considers it healthy, so a
 * failover would never fail over, and a weighted service with a healthCheck would answer 503 for that share. (Seen on 3.7.15.) A
 * failover is its fallback alone; a weighted or highestRandomWeight service goes without the empty ones. A failover by status stays as it
 * is: it fails over for that 503. So does a service without a healthCheck: its shares are what it says.
 */
export function aroundEmpty(objects: Objects): ReadonlyMap<ObjectId, AroundEmpty> {
  const empty = emptyServices(objects);
  const forms = new Map<ObjectId, AroundEmpty>();
  if (empty.size === 0) return forms;
  for (const [id, value] of objects) {
    const isEmpty = (name: unknown) => empty.has(objectId(kindOf(id), String(name)));
    const form = kindOf(id).endsWith(".services") && (onlyFallback(value, isEmpty) ?? withoutEmpty(value, isEmpty));
    if (form) forms.set(id, form);
  }
  return forms;
}

type IsEmpty = (name: unknown) => boolean;

function onlyFallback({ failover, ...rest }: ObjectValue, isEmpty: IsEmpty): AroundEmpty | undefined {
  if (!isMap(failover) || failover.errors !== undefined) return undefined;
  const { service, fallback, healthCheck } = failover;
  if (!isEmpty(service) || isEmpty(fallback)) return undefined;
  const services = [{ name: fallback, weight: 1 }];
  const weighted = { services, ...(healthCheck !== undefined && { healthCheck }) };
  return {
    value: { ...rest, weighted },
    notes: ["failover.service: has no server that takes requests, so only the fallback answers"],
  };
}

function withoutEmpty(value: ObjectValue, isEmpty: IsEmpty): AroundEmpty | undefined {
  const type = byWeight.find((one) => isMap(value[one]));
  const several = type && (value[type] as ObjectValue);
  if (!several || several.healthCheck === undefined) return undefined;
  const services = childrenOf(several);
  const staying = services.filter(({ name }) => !isEmpty(name));
  if (staying.length === 0 || staying.length === services.length) return undefined;
  const notes = services.flatMap(({ name }, index) =>
    isEmpty(name)
      ? [`${type}.services[${index}]: ${name} has no server that takes requests; it is left out until it has one again`]
      : [],
  );
  return { value: { ...value, [type]: { ...several, services: staying } }, notes };
}

/** The types that share requests among services by weight. */
const byWeight = ["weighted", "highestRandomWeight"] as const;

/** The services that lead to no server that takes requests. A worklist from those that do: linear, whatever the depth. */
function emptyServices(objects: Objects): ReadonlySet<ObjectId> {
  const services = [...objects].filter(([id]) => kindOf(id).endsWith(".services"));
  const parents = new Map<ObjectId, ObjectId[]>();
  const open: ObjectId[] = [];
  for (const [id, value] of services)
    for (const target of leadsTo(id, value)) {
      // A server, or a service of another provider, whose servers are not known here.
      if (target === undefined || !objects.has(target)) open.push(id);
      else if (!parents.get(target)?.push(id)) parents.set(target, [id]);
    }
  const taking = new Set<ObjectId>();
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (taking.has(id)) continue;
    taking.add(id);
    for (const parent of parents.get(id) ?? []) open.push(parent);
  }
  return new Set(services.flatMap(([id]) => (taking.has(id) ? [] : [id])));
}

/** The services that may take a request for this one; undefined stands for servers of its own. */
function leadsTo(id: ObjectId, value: ObjectValue): (ObjectId | undefined)[] {
  const { loadBalancer, mirroring, failover } = value;
  const to = (name: unknown) => objectId(kindOf(id), String(name));
  if (isMap(loadBalancer)) return takesRequests(loadBalancer) ? [undefined] : [];
  const several = byWeight.map((type) => value[type]).find(isMap);
  if (several) return childrenOf(several).flatMap(({ name, weight = 1 }) => (Number(weight) > 0 ? [to(name)] : []));
  if (isMap(mirroring)) return [to(mirroring.service)];
  return isMap(failover) ? [to(failover.service), to(failover.fallback)] : [undefined];
}

function takesRequests(loadBalancer: ObjectValue): boolean {
  const { servers } = loadBalancer as { servers?: readonly { readonly weight?: number }[] };
  const isBlind = balancesBlindly(loadBalancer);
  return Array.isArray(servers) && servers.some(({ weight = 1 }) => isBlind || weight > 0);
}

function childrenOf({ services }: ObjectValue): readonly ObjectValue[] {
  return Array.isArray(services) ? services : [];
}

function isMap(value: unknown): value is ObjectValue {
  return typeof value === "object" && value !== null;
}
