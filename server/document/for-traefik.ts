import { byCodePoint } from "../../files/by-code-point.ts";
import {
  entryPointsOf,
  kindOf,
  nameOf,
  type ObjectId,
  type ObjectValue,
  objectId,
} from "../../traefik/objects/objects.ts";
import { withoutEmpties } from "../../traefik/without-empties.ts";
import { emptyFailovers } from "./empty-failovers.ts";

export type Objects = ReadonlyMap<ObjectId, ObjectValue>;

/**
 * What Traefik needs otherwise than it is declared: the last step before the bytes. The failovers that Traefik would not fail over,
 * the UDP routers that it would go on with, the empty maps that it refuses, and a document without any object. Pure.
 *
 * `chosen`: the objects that are served, by id in code point order. `before`: what this gave last time.
 */
export function forTraefik(chosen: Objects, before: Objects, traefik: string): Objects {
  const failovers = emptyFailovers(chosen);
  const needed = [...chosen].map(
    ([id, value]) => [id, withoutEmpties(kindOf(id), failovers.get(id) ?? value, traefik)] as const,
  );
  const all = [...needed, ...endedUdp(chosen, before)];
  if (all.length === 0) return new Map([[objectId("http.services", "rollcall-nothing"), nobody]]);
  return new Map(all.sort(([a], [b]) => byCodePoint(a, b)));
}

/** A service that answers 503. In a document by itself it is the emptiest that takes nothing away by accident. */
const nobody: ObjectValue = { loadBalancer: { servers: [] } };

/**
 * For each UDP router that was served before and is gone, one whose service has no server: a Traefik whose last UDP router goes
 * keeps on forwarding, new sessions too, and `servers: []` is what ends it. (Seen on 3.7.15.) It stays until another router takes
 * its entry points.
 */
function endedUdp(chosen: Objects, before: Objects): (readonly [ObjectId, ObjectValue])[] {
  const routers = [...chosen].filter(([id]) => kindOf(id) === "udp.routers");
  const taken = new Set(routers.flatMap(([, value]) => entryPointsOf(value)));
  const ended = [...before].filter(
    ([id, value]) =>
      kindOf(id) === "udp.routers" && !chosen.has(id) && !entryPointsOf(value).some((name) => taken.has(name)),
  );
  return ended.flatMap(([id, value]) => {
    const service = `${nameOf(id)}-ended`;
    return [
      [id, { ...value, service }],
      [objectId("udp.services", service), nobody],
    ] as const;
  });
}
