import type { Finding } from "../model/finding.ts";
import { kindOf, type ObjectId, type ObjectValue } from "../objects/objects.ts";
import { needsOf } from "./needs.ts";
import { notesOf } from "./notes.ts";
import { notesAmong } from "./notes-among.ts";
import { objectFinding } from "./object-finding.ts";
import { isQuiet, partsOff } from "./parts-off.ts";
import { routersOff } from "./routers-off.ts";
import { withoutTies } from "./ties.ts";

/**
 * What a Traefik of that version would do with the objects of a whole configuration that its decoder accepts. `placeOf` gives the place of an
 * object, for messages about others. Pure; linear in the objects and their references. (Agrees with the running 3.7.15 on made documents:
 * test/real/judged.test.ts.)
 */
export function judge(
  objects: ReadonlyMap<ObjectId, ObjectValue>,
  traefik: string,
  placeOf: (id: ObjectId) => string,
): (readonly [ObjectId, Finding])[] {
  const parts = partsOff(objects, traefik);
  const routers = routersOff(objects, parts, traefik);
  const used = usedIn(objects);
  const ofParts = [...[...parts.off].filter(([id, found]) => !used.has(id) || !isQuiet(id, found)), ...parts.fatal];
  const inUse = ofParts.map(([id, found]) => [id, used.has(id) ? found : unused(found)] as const);
  const isSound = (id: ObjectId) => !routers.off.has(id) && !parts.off.has(id) && !parts.fatal.has(id);
  const sound = new Map([...objects].filter(([id]) => isSound(id)));
  // Of two UDP routers, Traefik takes the last by name; that is noted.
  const standing = [...sound].filter(([id]) => routers.built.has(id) && kindOf(id) !== "udp.routers");
  const candidates = standing.map(([id, value]) => ({ id, value, origin: placeOf(id) }));
  const ties = withoutTies(candidates, new Map()).flatMap(({ id, problem }) =>
    problem === undefined ? [] : [[id, { word: "random", path: [], message: problem }] as const],
  );
  return [...routers.off, ...inUse, ...ties, ...notesIn(sound, traefik)];
}

function unused({ path, message }: Finding): Finding {
  return { word: "noted", path, message: `${message}; no router leads to it, so Traefik does not look at it` };
}

function notesIn(objects: ReadonlyMap<ObjectId, ObjectValue>, traefik: string): (readonly [ObjectId, Finding])[] {
  const beside = notesAmong(objects, traefik);
  return [...objects].flatMap(([id, value]) => {
    // Of routers there is none that is taken; their rules take a while to read.
    const found = kindOf(id).endsWith(".routers") ? undefined : objectFinding(kindOf(id), value, traefik);
    const taken = found?.word === "noted" ? [found] : [];
    const notes = [...notesOf(id, value, traefik), ...(beside.get(id) ?? [])];
    const noted = notes.map((message): Finding => ({ word: "noted", path: [], message }));
    return [...taken, ...noted].map((one) => [id, one] as const);
  });
}

/** What routers lead to, even invalid ones. */
function usedIn(objects: ReadonlyMap<ObjectId, ObjectValue>): Set<ObjectId> {
  const used = new Set<ObjectId>();
  const open = [...objects.keys()].filter((id) => kindOf(id).endsWith(".routers"));
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (used.has(id)) continue;
    used.add(id);
    for (const { target } of needsOf(id, objects.get(id) ?? {})) open.push(target);
  }
  return used;
}
