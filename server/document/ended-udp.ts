import { byCodePoint } from "../../files/by-code-point.ts";
import {
  entryPointsOf,
  kindOf,
  nameOf,
  type ObjectId,
  type ObjectValue,
  objectId,
} from "../../traefik/objects/objects.ts";

/**
 * The objects, and for each UDP router that was served before and is gone a stand-in without any server: a Traefik whose last UDP
 * router goes keeps on forwarding, new sessions too, and `servers: []` is what ends it. (Seen on 3.7.15.) It stays until another
 * router takes its entry points.
 */
export function withEndedUdp(
  objects: ReadonlyMap<ObjectId, ObjectValue>,
  previous: ReadonlyMap<ObjectId, ObjectValue>,
): ReadonlyMap<ObjectId, ObjectValue> {
  const routers = [...objects].filter(([id]) => kindOf(id) === "udp.routers");
  const taken = new Set(routers.flatMap(([, value]) => entryPointsOf(value)));
  const ended = [...previous].filter(
    ([id, value]) =>
      kindOf(id) === "udp.routers" && !objects.has(id) && !entryPointsOf(value).some((name) => taken.has(name)),
  );
  if (ended.length === 0) return objects;
  const standIns = ended.flatMap(([id, value]) => {
    const service = `${nameOf(id)}-ended`;
    return [
      [id, { ...value, service }],
      [objectId("udp.services", service), { loadBalancer: { servers: [] } }],
    ] as const;
  });
  return new Map([...objects, ...standIns].sort(([a], [b]) => byCodePoint(a, b)));
}
