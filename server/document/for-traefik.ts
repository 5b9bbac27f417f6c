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
import { aroundEmpty } from "./around-empty.ts";

export type Objects = ReadonlyMap<ObjectId, ObjectValue>;

/**
 * What Traefik has to be given differently from what is declared: the last step before the bytes. It leaves out services without
 * servers where Traefik would take them for healthy, ends UDP routers that Traefik would keep, drops empty maps that it refuses, and never gives it nothing. Pure.
 *
 * `chosen`: the objects that are served, by id in code point order. `before`: the previous result of this.
 */
export function forTraefik(chosen: Objects, before: Objects, traefik: string): Objects {
  const around = aroundEmpty(chosen);
  const needed = [...chosen].map(
    ([id, value]) => [id, withoutEmpties(kindOf(id), around.get(id)?.value ?? value, traefik)] as const,
  );
  const all = [...needed, ...endedUdp(chosen, before)];
  if (all.length === 0) return new Map([[objectId("http.services", "rollcall-nothing"), noServers]]);
  return new Map(all.sort(([a], [b]) => byCodePoint(a, b)));
}

/** A service that answers 503. Alone in a document it means "nothing is served" without being an empty document. */
const noServers: ObjectValue = { loadBalancer: { servers: [] } };

/**
 * For each UDP router that was served before and is gone, one whose service has no server: when its last UDP router goes, Traefik keeps
 * forwarding, new sessions too, and only `servers: []` ends that. (Seen on 3.7.15.) It stays until another router takes its entry
 * points.
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
      [objectId("udp.services", service), noServers],
    ] as const;
  });
}
