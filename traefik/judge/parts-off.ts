import type { KeyPath } from "../../files/key-path.ts";
import { knows } from "../model/version.ts";
import { kindOf, type ObjectId, type ObjectValue } from "../objects/objects.ts";
import { described } from "../objects/references.ts";
import { cyclesOf } from "./cycles.ts";
import { defaultOptions, needsOf } from "./needs.ts";
import { neighboursIn, problemAmong } from "./neighbours.ts";
import { objectProblem } from "./object-problem.ts";
import { type ObjectProblem, problem, problemText } from "./object-problems.ts";

/** Why an object does nothing. */
export interface Fault extends ObjectProblem {
  /** Where Traefik says nothing of the object itself, but of the routers that lead to it. */
  readonly isQuiet?: true;
}

/** Who needs an object, and where it names it; by the object that is needed. */
type Users = ReadonlyMap<ObjectId, readonly { readonly id: ObjectId; readonly path: string }[]>;

/** What of a configuration does nothing, and what its reader dies of. Routers are not among it. */
export interface PartsOff {
  readonly off: ReadonlyMap<ObjectId, Fault>;
  /** What the process dies of, or never comes back from, once a router leads there. */
  readonly fatal: ReadonlyMap<ObjectId, ObjectProblem>;
}

/**
 * What of the services, middlewares and so on a Traefik of that version turns off, and why: what is wrong by itself, what names itself by
 * way of others, and what needs one of them or something that is not there. Linear in the objects and their references. (Seen on 3.7.15.)
 */
export function partsOff(objects: ReadonlyMap<ObjectId, ObjectValue>, traefik: string): PartsOff {
  const neighbours = neighboursIn(objects);
  const off = new Map<ObjectId, Fault>();
  const fatal = new Map<ObjectId, ObjectProblem>();
  const users = usersIn(objects);
  const parts = new Map([...objects].filter(([id]) => !kindOf(id).endsWith(".routers")));

  /** Turns objects off, and what needs them. */
  function turnOff(first: readonly ObjectId[], why: Fault) {
    const open: ObjectId[] = [];
    const mark = (id: ObjectId, fault: Fault) => {
      if (off.has(id) || fatal.has(id) || !parts.has(id)) return;
      off.set(id, quietIf(id, fault));
      open.push(id);
    };
    for (const id of first) mark(id, why);
    for (let id = open.pop(); id !== undefined; id = open.pop())
      for (const user of users.get(id) ?? []) mark(user.id, problem(pathOf(user.path), offMessage(id, off)));
  }

  for (const [id, value] of parts) {
    const found = objectProblem(kindOf(id), value, traefik);
    if (found?.isFatal) fatal.set(id, found);
    else if (found && !found.isTaken) turnOff([id], found);
  }
  for (const [id, value] of parts) {
    const found = problemAmong(id, value, neighbours);
    if (found) turnOff([id], found);
  }
  for (const [target, needing] of users)
    if (!objects.has(target) && target !== defaultOptions)
      for (const { id, path } of needing) turnOff([id], problem(pathOf(path), `there is no ${described(target)}`));
  const sound = [...parts].filter(([id]) => !off.has(id)).map(([id, value]) => [id, { value }] as const);
  for (const cycle of cyclesOf(new Map(sound))) {
    const names = cycle.map(described);
    const why = problem(
      [],
      `names itself by way of ${names.slice(0, 10).join(", ")}${names.length > 10 ? " and others" : ""}`,
    );
    if (!isDeadly(cycle, traefik)) turnOff(cycle, why);
    else
      for (const id of cycle) fatal.set(id, { ...why, message: `${why.message}, and Traefik's process dies of that` });
  }
  return { off, fatal };
}

/** Who needs what. */
function usersIn(objects: ReadonlyMap<ObjectId, ObjectValue>): Users {
  const users = new Map<ObjectId, { id: ObjectId; path: string }[]>();
  for (const [id, value] of objects)
    for (const { target, path } of needsOf(id, value)) {
      const known = users.get(target);
      if (known) known.push({ id, path });
      else users.set(target, [{ id, path }]);
    }
  return users;
}

/** What is said of an object that needs one that is off. */
export function offMessage(target: ObjectId, off: ReadonlyMap<ObjectId, Fault>): string {
  const fault = off.get(target);
  return fault?.isQuiet ? `${described(target)}: ${problemText(fault)}` : `${described(target)} is off`;
}

/** `weighted.services[0]` as a path. */
export function pathOf(path: string): KeyPath {
  const keys = path.split(/[.[\]]+/).filter((key) => key !== "");
  return keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key));
}

function quietIf(id: ObjectId, fault: Fault): Fault {
  const kind = kindOf(id);
  const isQuiet =
    kind === "tls.options" ||
    kind === "tcp.serversTransports" ||
    (kind === "tcp.services" && fault.path[0] === "loadBalancer");
  return isQuiet ? { ...fault, isQuiet } : fault;
}

/** HTTP services are looked after since 3.6.8; those of TCP and UDP never were. (Seen on 3.7.15, 3.6.15 and 3.5.3.) */
function isDeadly(cycle: readonly ObjectId[], traefik: string): boolean {
  if (cycle.some((id) => /^(tcp|udp)\./.test(id))) return true;
  return !knows(traefik, "3.6.8") && cycle.every((id) => kindOf(id) === "http.services");
}
