import { documentShape, folded, type Shape, type StructShape } from "../../../traefik/model/shape.ts";
import { newestTraefik } from "../../../traefik/model/version.ts";
import type { Kind } from "../../../traefik/objects/objects.ts";
import { goldenDocument } from "../../support/cases/golden.ts";

/** A field that an object of the golden document has, and that an older Traefik does not know. */
export interface NewerField {
  readonly kind: Kind;
  readonly name: string;
  /** Within the object: `loadBalancer.servers.0.preservePath`. */
  readonly path: string;
  /** The first Traefik that knows it. */
  readonly since: string;
}

/** All of them. What lies below one goes with it. */
export function newerFields(version: string): NewerField[] {
  const shapes = { old: documentShape(version), new: documentShape(newestTraefik) };
  return newerIn(goldenDocument(), shapes.old, shapes.new, []).map(({ path, since }) => {
    const [section, part, name = "", ...rest] = path;
    return { kind: `${section}.${part}` as Kind, name, path: rest.join("."), since };
  });
}

interface Newer {
  readonly path: readonly string[];
  readonly since: string;
}

function newerIn(value: object, old: StructShape, now: StructShape, path: readonly string[]): Newer[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const here = [...path, name];
    const field = old.fields.get(folded(name));
    const known = now.fields.get(folded(name))?.shape;
    if (!known) throw new Error(`${here.join(".")} is no field`);
    if (!field?.shape) return [{ path: here, since: field?.since ?? "" }];
    return newerBelow(inner, field.shape, known, here);
  });
}

function newerBelow(value: unknown, old: Shape, now: Shape, path: readonly string[]): Newer[] {
  if (old.is === "struct" && now.is === "struct") return newerIn(value as object, old, now, path);
  if ((old.is === "map" && now.is === "map") || (old.is === "structs" && now.is === "structs"))
    return Object.entries(value as object).flatMap(([name, item]) => newerIn(item, old.of, now.of, [...path, name]));
  return [];
}
