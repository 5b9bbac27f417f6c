import { byCodePoint } from "../../files/by-code-point.ts";
import { type Kind, kindOf, nameOf, type ObjectId, type ObjectValue, objectId } from "../../traefik/objects/objects.ts";
import { referencesOf, targetOf } from "../../traefik/objects/references.ts";
import type { Choice, Remark } from "./choose.ts";

/** One router that is served, for people. */
export interface RouteRow {
  readonly router: string;
  readonly section: "http" | "tcp" | "udp";
  /** Null for UDP, which has none. */
  readonly rule: string | null;
  /** As written; without one Traefik takes the longer rule first. */
  readonly priority: number | null;
  /** Empty: all of Traefik's default ones. */
  readonly entryPoints: readonly string[];
  readonly tls: boolean;
  readonly middlewares: readonly string[];
  readonly service: string | null;
  /** How many servers its service leads to, through other services too; null if it is another provider's. */
  readonly servers: number | null;
  /** The services with servers of their own that it leads to, 100 of them at most. A group's is its name. */
  readonly leadsTo: readonly string[];
  readonly state: "served" | Remark["state"];
}

/** The routers that are served, in the order of their ids. No value that may be a secret. */
export function routeRows({ objects, remarks }: Choice): RouteRow[] {
  const state = stateOf({ remarks });
  return [...objects].flatMap(([id, value]): RouteRow[] => {
    const [section = "http", part] = kindOf(id).split(".");
    if (part !== "routers") return [];
    const service = textOf(value.service);
    const ends = service === null ? [] : endsOf(section, service, objects);
    return [
      {
        router: nameOf(id),
        section: section as RouteRow["section"],
        rule: textOf(value.rule),
        priority: typeof value.priority === "number" ? value.priority : null,
        entryPoints: listOf(value.entryPoints),
        tls: value.tls !== undefined && value.tls !== null,
        middlewares: listOf(value.middlewares),
        service,
        servers: service?.includes("@") ? null : ends.reduce((sum, { servers }) => sum + servers, 0),
        leadsTo: ends.slice(0, shown).map(({ name }) => name),
        state: state(id),
      },
    ];
  });
}

/** Tells how an object is served. Notes come after the other remarks of an object, and don't hide them. */
export function stateOf({ remarks }: Pick<Choice, "remarks">): (id: ObjectId) => RouteRow["state"] {
  const states = new Map(remarks.map(({ id, state }) => [id, state] as const).reverse());
  return (id) => states.get(id) ?? "served";
}

const shown = 100;

interface End {
  readonly name: string;
  readonly servers: number;
}

type Objects = Choice["objects"];

/** By service. */
const known = new WeakMap<Objects, Map<ObjectId, readonly End[]>>();

/** The services with servers that a service of a section leads to, itself or through others, in code point order. */
export function endsOf(section: string, service: string, objects: Objects): readonly End[] {
  const ends = known.get(objects) ?? new Map<ObjectId, readonly End[]>();
  known.set(objects, ends);
  const id = objectId(`${section}.services` as Kind, service);
  const found = ends.get(id) ?? walk(id, objects);
  ends.set(id, found);
  return found;
}

function walk(from: ObjectId, objects: Objects): readonly End[] {
  const ends: End[] = [];
  // A set grows while it is iterated.
  const reached = new Set([from]);
  for (const id of reached) {
    const value = objects.get(id);
    if (!value) continue;
    const { servers } = (value.loadBalancer ?? {}) as ObjectValue;
    if (Array.isArray(servers)) ends.push({ name: nameOf(id), servers: servers.length });
    for (const reference of referencesOf(id, value))
      if (reference.kind.endsWith(".services")) reached.add(targetOf(reference));
  }
  return ends.sort((a, b) => byCodePoint(a.name, b.name));
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
