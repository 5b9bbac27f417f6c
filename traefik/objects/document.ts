import { type Kind, kindOf, kinds, nameOf, type ObjectId, type ObjectValue, objectId } from "./objects.ts";

/** Traefik's dynamic configuration, as its HTTP provider reads it: by section and kind, then by name. */
export type ObjectDocument = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The objects of a document, by their ids. For the certificates, which are a list, the index is the name. */
export function objectsOf(document: object): Map<ObjectId, ObjectValue> {
  const sections = document as Readonly<Record<string, Readonly<Record<string, object>>>>;
  return new Map(
    kinds.flatMap((kind) => {
      const [section, part] = partsOf(kind);
      const objects = Object.entries(sections[section]?.[part] ?? {});
      return objects.map(([name, value]) => [objectId(kind, name), value as ObjectValue] as const);
    }),
  );
}

/** The document with some objects. Traefik refuses an empty map, so an empty section is left out. */
export function documentOf(objects: ReadonlyMap<ObjectId, ObjectValue>): ObjectDocument {
  const document: Record<string, Record<string, Record<string, unknown> | ObjectValue[]>> = {};
  for (const [id, value] of objects) {
    const [section, part] = partsOf(kindOf(id));
    const parts = document[section] ?? {};
    document[section] = parts;
    const known = parts[part] ?? (part === "certificates" ? [] : {});
    parts[part] = known;
    if (Array.isArray(known)) known.push(value);
    else known[nameOf(id)] = value;
  }
  return document;
}

/** `http` and `routers` of `http.routers`. */
function partsOf(kind: Kind): [string, string] {
  const [section = "", part = ""] = kind.split(".");
  return [section, part];
}
