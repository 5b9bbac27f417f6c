import type { KeyPath } from "../../files/key-path.ts";
import { type Finding, findingText } from "../model/finding.ts";
import { knows } from "../model/version.ts";
import { kindOf, type ObjectId, type ObjectValue } from "../objects/objects.ts";
import { described } from "../objects/references.ts";
import { cyclesOf, cycleText } from "./cycles.ts";
import { turnedOff } from "./findings.ts";
import { defaultOptions, needsOf } from "./needs.ts";
import { findingAmong, neighboursIn } from "./neighbours.ts";
import { objectFinding } from "./object-finding.ts";

/** The objects that need an object, and the field that names it; by the needed object. */
type Users = ReadonlyMap<ObjectId, readonly { readonly id: ObjectId; readonly path: KeyPath }[]>;

/** The parts of a configuration that do nothing, and those that kill Traefik. Excludes routers. */
export interface PartsOff {
  readonly off: ReadonlyMap<ObjectId, Finding>;
  /** What crashes or hangs the process once a router leads there. */
  readonly fatal: ReadonlyMap<ObjectId, Finding>;
}

/**
 * The services, middlewares and so on that a Traefik of that version turns off, and why: invalid ones, those in a cycle, and those that
 * need one of these or a missing object. Linear in the objects and their references. (Seen on 3.7.15.)
 */
export function partsOff(objects: ReadonlyMap<ObjectId, ObjectValue>, traefik: string): PartsOff {
  const neighbours = neighboursIn(objects);
  const off = new Map<ObjectId, Finding>();
  const fatal = new Map<ObjectId, Finding>();
  const users = usersIn(objects);
  const parts = new Map([...objects].filter(([id]) => !kindOf(id).endsWith(".routers")));

  /** Turns objects off, and the objects that need them. */
  function turnOff(first: readonly ObjectId[], why: Finding) {
    const open: ObjectId[] = [];
    const mark = (id: ObjectId, finding: Finding) => {
      if (off.has(id) || fatal.has(id) || !parts.has(id)) return;
      off.set(id, finding);
      open.push(id);
    };
    for (const id of first) mark(id, why);
    for (let id = open.pop(); id !== undefined; id = open.pop())
      for (const user of users.get(id) ?? []) mark(user.id, turnedOff(user.path, offMessage(id, off)));
  }

  for (const [id, value] of parts) {
    const found = objectFinding(kindOf(id), value, traefik);
    if (found?.word === "fatal") fatal.set(id, found);
    else if (found?.word === "off") turnOff([id], found);
  }
  for (const [id, value] of parts) {
    const found = findingAmong(id, value, neighbours);
    if (found) turnOff([id], found);
  }
  for (const [target, needing] of users)
    if (!objects.has(target) && target !== defaultOptions)
      for (const { id, path } of needing) turnOff([id], turnedOff(path, `there is no ${described(target)}`));
  const sound = [...parts].filter(([id]) => !off.has(id)).map(([id, value]) => [id, { value }] as const);
  for (const cycle of cyclesOf(new Map(sound))) {
    const why = turnedOff([], cycleText(cycle));
    if (!isDeadly(cycle, traefik)) turnOff(cycle, why);
    else
      for (const id of cycle)
        fatal.set(id, { ...why, word: "fatal", message: `${why.message}, and Traefik's process crashes on that` });
  }
  return { off, fatal };
}

/** The objects that need each object. */
function usersIn(objects: ReadonlyMap<ObjectId, ObjectValue>): Users {
  const users = new Map<ObjectId, { id: ObjectId; path: KeyPath }[]>();
  for (const [id, value] of objects)
    for (const { target, path } of needsOf(id, value)) {
      const known = users.get(target);
      if (known) known.push({ id, path });
      else users.set(target, [{ id, path }]);
    }
  return users;
}

/** The finding for an object that needs one that is off. */
export function offMessage(target: ObjectId, off: ReadonlyMap<ObjectId, Finding>): string {
  const found = off.get(target);
  return found && isQuiet(target, found)
    ? `${described(target)}: ${findingText(found)}`
    : `${described(target)} is off`;
}

/** Whether Traefik reports the routers that lead to an object that is off, instead of the object. */
export function isQuiet(id: ObjectId, { path }: Finding): boolean {
  const kind = kindOf(id);
  if (kind === "tcp.services") return path[0] === "loadBalancer";
  return kind === "tls.options" || kind === "tcp.serversTransports";
}

/** HTTP services are protected since 3.6.8; those of TCP and UDP never were. (Seen on 3.7.15, 3.6.15 and 3.5.3.) */
function isDeadly(cycle: readonly ObjectId[], traefik: string): boolean {
  if (cycle.some((id) => /^(tcp|udp)\./.test(id))) return true;
  return !knows(traefik, "3.6.8") && cycle.every((id) => kindOf(id) === "http.services");
}
