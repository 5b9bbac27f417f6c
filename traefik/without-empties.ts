import { served } from "./decode/shown.ts";
import { documentShape, type StructShape } from "./model/shape.ts";
import type { Kind, ObjectValue } from "./objects/objects.ts";

/**
 * An object without the empty maps that Traefik's decoder refuses ("cannot be a standalone element"): one of them would make
 * Traefik reject the whole document. Those that it accepts stay: `tls: {}` is TLS with the default certificate. Values that the decoder has
 * read are returned unchanged.
 */
export function withoutEmpties(kind: Kind, value: ObjectValue, version: string): ObjectValue {
  return served(value, shapeOf(kind, version));
}

function shapeOf(kind: Kind, version: string): StructShape {
  const [section = "", part = ""] = kind.split(".");
  const ofSection = documentShape(version).fields.get(section)?.shape;
  // The model's names are folded: `serverstransports`.
  const ofPart = ofSection?.is === "struct" ? ofSection.fields.get(part.toLowerCase())?.shape : undefined;
  if (ofPart?.is !== "map" && ofPart?.is !== "structs") throw new Error(`no shape of ${kind}`);
  return ofPart.of;
}
