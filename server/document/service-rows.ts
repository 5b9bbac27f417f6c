import { valueAt } from "../../files/key-path.ts";
import { kindOf, nameOf, type ObjectId, type ObjectValue } from "../../traefik/objects/objects.ts";
import { referencesOf } from "../../traefik/objects/references.ts";
import type { Choice, Remark } from "./choose.ts";
import { endsOf, type RouteRow, stateOf } from "./router-rows.ts";

/** One service that is served, for people. */
export interface ServiceRow {
  readonly service: string;
  readonly section: RouteRow["section"];
  /** Its kind: `loadBalancer`, `weighted`, `highestRandomWeight`, `mirroring`, `failover`. */
  readonly type: string;
  /** The services that it leads to itself, in their order. */
  readonly parts: readonly PartRow[];
  /** How many servers it leads to, through other services too. */
  readonly servers: number;
  readonly state: "served" | Remark["state"];
}

/** A service within another one. */
export interface PartRow {
  readonly service: string;
  /** Where it is named: `weighted.services[1]`, `mirroring.mirrors[0]`, `failover.fallback`. */
  readonly path: string;
  /** Its weight or its percentage, as written; null if none is. */
  readonly weight: number | null;
}

/** One middleware that is served, for people. No value: it may be a secret. */
export interface MiddlewareRow {
  readonly middleware: string;
  readonly section: RouteRow["section"];
  /** Its kind: `basicAuth`. */
  readonly type: string;
  readonly state: "served" | Remark["state"];
}

/** The services that are served, in the order of their ids. */
export function serviceRows(choice: Choice): ServiceRow[] {
  const state = stateOf(choice);
  return ofKind(choice, "services").map(({ id, section, value, type }) => ({
    service: nameOf(id),
    section,
    type,
    parts: referencesOf(id, value).flatMap(({ kind, name, path, at }) => {
      if (!kind.endsWith(".services")) return [];
      const { weight, percent } = Object(valueAt(value, at.slice(0, -1))) as ObjectValue;
      const share = typeof at.at(-2) === "number" ? (weight ?? percent) : undefined;
      return [{ service: name, path, weight: typeof share === "number" ? share : null }];
    }),
    servers: endsOf(section, nameOf(id), choice.objects).reduce((sum, { servers }) => sum + servers, 0),
    state: state(id),
  }));
}

/** The middlewares that are served, in the order of their ids. */
export function middlewareRows(choice: Choice): MiddlewareRow[] {
  const state = stateOf(choice);
  return ofKind(choice, "middlewares").map(({ id, section, type }) => ({
    middleware: nameOf(id),
    section,
    type,
    state: state(id),
  }));
}

function ofKind({ objects }: Choice, part: string) {
  return [...objects].flatMap(([id, value]) => {
    const [section = "http", kind] = kindOf(id).split(".");
    const type = Object.keys(value)[0] ?? "";
    return kind === part ? [{ id: id as ObjectId, section: section as RouteRow["section"], value, type }] : [];
  });
}
