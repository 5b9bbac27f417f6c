import type { KeyPath } from "../../files/key-path.ts";
import type { Finding } from "../model/finding.ts";
import type { ObjectValue } from "../objects/objects.ts";
import { readRange } from "../rule/address.ts";
import { readRegexp } from "../rule/re2.ts";

/** Why Traefik turns an object off. */
export function turnedOff(path: KeyPath, message: string): Finding {
  return { word: "off", path, message };
}

/** The finding for the first invalid item of a list. A value that is not a list has no items. */
export function firstFinding(
  items: unknown,
  path: KeyPath,
  judge: (item: unknown) => string | undefined,
): Finding | undefined {
  if (!Array.isArray(items)) return undefined;
  for (const [index, item] of items.entries()) {
    const message = judge(item);
    if (message !== undefined) return turnedOff([...path, index], message);
  }
  return undefined;
}

/** The value of an object's key, if that is an object. */
export function part(value: unknown, key: string): ObjectValue {
  const inner = (value as ObjectValue | undefined)?.[key];
  return typeof inner === "object" && inner !== null ? (inner as ObjectValue) : {};
}

/** Whether a field is set: an empty list counts as not set. */
export function isWritten(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

export function regexpProblem(value: unknown, traefik: string): string | undefined {
  if (typeof value !== "string") return undefined;
  const reading = readRegexp(value, traefik);
  return reading.ok ? undefined : `not a regular expression that Traefik accepts: ${reading.message}`;
}

export function rangeProblem(value: unknown): string | undefined {
  if (typeof value === "string" && readRange(value)) return undefined;
  return "is not an address or a range, such as 10.0.0.1, 10.0.0.0/8 or fd00::/8";
}

/** Of `404` and `500-599`, and of what Go's Atoi reads beside that. */
export function codesProblem(value: unknown): string | undefined {
  const [low = "", high = low] = String(value).split("-");
  return [low, high].every((code) => /^\+?\d{1,18}$/.test(code))
    ? undefined
    : "is not a status, such as 404 or 500-599";
}
