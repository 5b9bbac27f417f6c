import { byCodePoint } from "../../files/by-code-point.ts";
import { entryPointsOf, kindOf, nameOf, type ObjectId, type ObjectValue } from "../objects/objects.ts";
import { parseRule } from "../rule/parse.ts";
import type { Rule } from "../rule/rule.ts";
import { part } from "./findings.ts";

/** Notes on objects that a Traefik of that version accepts, but that affect each other. (Seen on 3.7.15.) */
export function notesAmong(
  objects: ReadonlyMap<ObjectId, ObjectValue>,
  traefik: string,
): ReadonlyMap<ObjectId, readonly string[]> {
  const notes = new Map<ObjectId, string[]>();
  const note = (id: ObjectId, text: string) => notes.set(id, [...(notes.get(id) ?? []), text]);
  for (const [id, first] of passedOverUdp(objects))
    note(id, `is ignored: udp router ${nameOf(first)} has its entry point too, and Traefik takes the last one by name`);
  for (const [id, other] of tlsConflicts(objects, traefik))
    note(
      id,
      other === undefined
        ? "tls.options: are not applied, because its rule names no host; Traefik uses the options default"
        : `tls.options: are not applied where router ${nameOf(other)} has the same host and others; Traefik uses the options default`,
    );
  return notes;
}

/** The UDP routers that lose an entry point to another one, which gets it alone. */
function passedOverUdp(objects: ReadonlyMap<ObjectId, ObjectValue>): Map<ObjectId, ObjectId> {
  const routers = [...objects].filter(([id]) => kindOf(id) === "udp.routers");
  const last = new Map<string, ObjectId>();
  for (const [id, value] of routers)
    for (const point of entryPointsOf(value)) {
      const known = last.get(point);
      if (!known || byCodePoint(`${nameOf(known)}@http`, `${nameOf(id)}@http`) < 0) last.set(point, id);
    }
  return new Map(
    routers.flatMap(([id, value]) => {
      const winners = entryPointsOf(value).map((point) => last.get(point));
      const other = winners.find((winner) => winner !== id);
      return other !== undefined && !winners.includes(id) ? [[id, other]] : [];
    }),
  );
}

/** The HTTP routers whose TLS options Traefik doesn't apply, with the router they collide with, if that is the reason. */
function tlsConflicts(
  objects: ReadonlyMap<ObjectId, ObjectValue>,
  traefik: string,
): Map<ObjectId, ObjectId | undefined> {
  const conflicts = new Map<ObjectId, ObjectId | undefined>();
  const byHost = new Map<string, { readonly id: ObjectId; readonly options: string }[]>();
  for (const [id, value] of objects) {
    if (kindOf(id) !== "http.routers" || value.tls === undefined || value.tls === null) continue;
    const options = String(part(value, "tls").options ?? "default");
    const hosts = hostsIn(value, traefik);
    if (hosts.length === 0 && options !== "default") conflicts.set(id, undefined);
    for (const host of hosts)
      for (const point of entryPointsOf(value)) {
        // An entry point of Traefik has no space in its name.
        const key = `${point} ${host}`;
        const known = byHost.get(key);
        if (known) known.push({ id, options });
        else byHost.set(key, [{ id, options }]);
      }
  }
  for (const routers of byHost.values()) {
    const [first] = routers;
    const other = routers.find(({ options }) => options !== first?.options);
    if (!first || !other) continue;
    for (const { id, options } of routers)
      if (options !== "default") conflicts.set(id, options === first.options ? other.id : first.id);
  }
  return conflicts;
}

const known = new WeakMap<ObjectValue, readonly string[]>();

/** The hosts by which Traefik chooses TLS options for a router; cached by value, because most objects stay the same between roll calls. */
function hostsIn(value: ObjectValue, traefik: string): readonly string[] {
  const before = known.get(value);
  if (before) return before;
  const reading = parseRule(String(value.rule ?? ""), { kind: "http", traefik });
  const hosts = reading.ok ? [...namesIn(reading.rule)] : [];
  known.set(value, hosts);
  return hosts;
}

function* namesIn(rule: Rule): Generator<string, undefined> {
  if (rule.is !== "call") for (const one of rule.rules) yield* namesIn(one);
  else if (rule.matcher === "Host" && !rule.negated) yield (rule.values[0] ?? "").toLowerCase();
}
