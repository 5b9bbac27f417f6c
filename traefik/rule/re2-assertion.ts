import type { Flags } from "./re2-group.ts";

/** Go's assertions with a backslash, in JavaScript, so that they can be repeated. */
export const assertions: Readonly<Record<string, string>> = {
  A: "(?:(?<![^]))",
  z: "(?:(?![^]))",
  b: "(?:\\b)",
  B: "(?:\\B)",
};

/** What `.`, `^` and `$` are in JavaScript under these flags of Go's, which JavaScript's own are not; else undefined. */
export function standing(c: string, { m, s }: Flags): string | undefined {
  if (c === ".") return s ? "[^]" : "[^\\n]";
  if (c === "^") return m ? "(?:(?<![^\\n]))" : "(?:(?<![^]))";
  if (c === "$") return m ? "(?:(?![^\\n]))" : "(?:(?![^]))";
  return undefined;
}
