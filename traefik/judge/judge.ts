import type { KeyPath } from "../../files/key-path.ts";
import { kindOf, type ObjectId, type ObjectValue } from "../objects/objects.ts";
import { needsOf } from "./needs.ts";
import { notesOf } from "./notes.ts";
import { notesAmong } from "./notes-among.ts";
import { objectProblem } from "./object-problem.ts";
import { partsOff } from "./parts-off.ts";
import { routersOff } from "./routers-off.ts";
import { withoutTies } from "./ties.ts";

/** What is to be said of one object of a whole configuration. */
export interface Judgement {
  readonly id: ObjectId;
  /**
   * `fatal`: Traefik's process dies of it, or never comes back from it. `off`: Traefik turns the object off. `random`: which router Traefik
   * chooses is another one after each reload. `noted`: Traefik takes it, and there is something to know.
   */
  readonly word: "fatal" | "off" | "random" | "noted";
  /** Where in the object. */
  readonly path: KeyPath;
  /** It holds no value of the object: that may be a secret. */
  readonly message: string;
}

/**
 * What a Traefik of that version would do with a whole configuration that its decoder takes. `placeOf` says where an object is written, for messages
 * about others. Pure; linear in the objects and their references. (Agrees with the running 3.7.15 on made documents: test/real/judged.test.ts.)
 */
export function judge(
  objects: ReadonlyMap<ObjectId, ObjectValue>,
  traefik: string,
  placeOf: (id: ObjectId) => string,
): Judgement[] {
  const faults = partsOff(objects, traefik);
  const routers = routersOff(objects, faults, traefik);
  const used = usedIn(objects);
  const judgements: Judgement[] = [];
  for (const [id, { path, message }] of routers.off) judgements.push({ id, word: "off", path, message });
  for (const [id, { path, message, isQuiet }] of faults.off) {
    if (!used.has(id)) judgements.push({ id, word: "noted", path, message: `${message}; ${unused}` });
    else if (!isQuiet) judgements.push({ id, word: "off", path, message });
  }
  for (const [id, { path, message }] of faults.fatal)
    if (used.has(id)) judgements.push({ id, word: "fatal", path, message });
    else judgements.push({ id, word: "noted", path, message: `${message}; ${unused}` });
  const isSound = (id: ObjectId) => !routers.off.has(id) && !faults.off.has(id) && !faults.fatal.has(id);
  const sound = new Map([...objects].filter(([id]) => isSound(id)));
  // Of two UDP routers Traefik takes the one that is last by name, and that is noted.
  const standing = [...sound].filter(([id]) => routers.built.has(id) && kindOf(id) !== "udp.routers");
  const candidates = standing.map(([id, value]) => ({ id, value, origin: placeOf(id) }));
  for (const { id, problem } of withoutTies(candidates, new Map()))
    if (problem !== undefined) judgements.push({ id, word: "random", path: [], message: problem });
  return [...judgements, ...notesIn(sound, traefik)];
}

const unused = "no router leads to it, so Traefik does not look at it";

function notesIn(objects: ReadonlyMap<ObjectId, ObjectValue>, traefik: string): Judgement[] {
  const beside = notesAmong(objects, traefik);
  return [...objects].flatMap(([id, value]) => {
    // Of routers there is none that is taken; their rules take a while to read.
    const found = kindOf(id).endsWith(".routers") ? undefined : objectProblem(kindOf(id), value, traefik);
    const taken = found?.isTaken ? [{ id, word: "noted" as const, ...found }] : [];
    const notes = [...notesOf(id, value, traefik), ...(beside.get(id) ?? [])];
    return [...taken, ...notes.map((message) => ({ id, word: "noted" as const, path: [], message }))];
  });
}

/** What routers lead to, whatever is wrong with them. */
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
