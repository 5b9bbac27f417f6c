import { harmless } from "./harmless.ts";

/** The path of a value in a document: map keys and list indexes. */
export type KeyPath = readonly PropertyKey[];

/** `sources[0].name`, `instance.config["limits.memory"]`: a path as people write it, on one line and not too long. */
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

/** The value at a path in a plain value, or undefined. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as Record<PropertyKey, unknown>)[part];
  }
  return found;
}
