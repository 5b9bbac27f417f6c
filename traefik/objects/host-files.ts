import type { KeyPath } from "../../files/key-path.ts";
import { documentShape, folded, type Shape } from "../model/shape.ts";
import { newestTraefik } from "../model/version.ts";
import type { Kind, ObjectValue } from "./objects.ts";

/**
 * The paths at which an object names files that Traefik reads on its own host, by the model in traefik/model: `["certFile"]`,
 * `["tls", "rootCAs", 0]`. Inline content, such as PEM, is not a file. Names may be in any case. The meaning of plugin
 * settings is unknown, so they are not checked. (For `certFile` and similar fields, Traefik checks whether a file of that name exists,
 * and uses the text itself if not: seen on 3.7.15.)
 */
export function hostFilesOf(kind: Kind, value: ObjectValue): KeyPath[] {
  const [section = "", part = ""] = kind.split(".");
  const objects = fieldOf(fieldOf(documentShape(newestTraefik), section), part);
  return objects && "of" in objects ? filesIn(value, objects.of, []) : [];
}

function filesIn(value: unknown, shape: Shape, path: KeyPath): KeyPath[] {
  if (shape.facts.hostFile !== undefined) {
    const isOnlyPath = shape.facts.hostFile === "path";
    if (!Array.isArray(value)) return isFile(value, isOnlyPath) ? [path] : [];
    return value.flatMap((item, index) => (isFile(item, isOnlyPath) ? [[...path, index]] : []));
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (shape.is === "structs") return filesIn(inner, shape.of, [...path, Number(key)]);
    const field = shape.is === "map" ? shape.of : fieldOf(shape, key);
    return field ? filesIn(inner, field, [...path, key]) : [];
  });
}

function fieldOf(shape: Shape | undefined, name: string): Shape | undefined {
  return shape?.is === "struct" ? shape.fields.get(folded(name))?.shape : undefined;
}

function isFile(value: unknown, isOnlyPath: boolean): boolean {
  return typeof value === "string" && value !== "" && (isOnlyPath || !value.includes("-----BEGIN "));
}
