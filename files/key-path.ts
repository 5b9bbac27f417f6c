import { harmless } from "./harmless.ts";

/** Where a value lies in a document: keys of maps and indexes of lists. */
export type KeyPath = readonly PropertyKey[];

/** `sources[0].name`, `instance.config["limits.memory"]`: a path as a person writes it, on one line and not too long. */
export function writePath(path: KeyPath): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      const key = String(part);
      if (/^[\w$-]+$/.test(key) && key.length <= 100) return index === 0 ? key : `.${key}`;
      return `[${JSON.stringify(harmless(key.length > 100 ? `${key.slice(0, 100)}...` : key))}]`;
    })
    .join("");
}

/** What lies at a path of a plain value; undefined where nothing does. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as Record<PropertyKey, unknown>)[part];
  }
  return found;
}
