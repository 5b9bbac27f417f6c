import { byCodePoint } from "./by-code-point.ts";

/** A JSON value with its object keys in code point order, so that equal values give equal text. A bigint becomes text. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length > 1) entries.sort(([a], [b]) => byCodePoint(a, b));
  for (const entry of entries) entry[1] = sorted(entry[1]);
  return Object.fromEntries(entries);
}
