import { type KeyPath, writePath } from "../../files/key-path.ts";
import type { ObjectValue } from "../objects/objects.ts";
import { readRange } from "../rule/address.ts";
import { readRegexp } from "../rule/re2.ts";

/** What is wrong with an object, and where in it. The message holds no value of it. */
export interface ObjectProblem {
  readonly path: KeyPath;
  readonly message: string;
  /** Where Traefik takes the object all the same: it does nothing that anybody means, and is not served from here. */
  readonly isTaken?: true;
  /** Where Traefik's process dies of it, or never comes back from it, once a router leads there. */
  readonly isFatal?: true;
}

/** `loadBalancer.strategy: must be one of ...`, for a person. */
export function problemText({ path, message }: ObjectProblem): string {
  return path.length > 0 ? `${writePath(path)}: ${message}` : message;
}

export function problem(path: KeyPath, message: string): ObjectProblem {
  return { path, message };
}

/** The first item of a list that something is wrong with. What is no list has no items. */
export function firstProblem(
  items: unknown,
  path: KeyPath,
  judge: (item: unknown) => string | undefined,
): ObjectProblem | undefined {
  if (!Array.isArray(items)) return undefined;
  for (const [index, item] of items.entries()) {
    const message = judge(item);
    if (message !== undefined) return problem([...path, index], message);
  }
  return undefined;
}

/** What an object holds under a key, where that is an object. */
export function part(value: unknown, key: string): ObjectValue {
  const inner = (value as ObjectValue | undefined)?.[key];
  return typeof inner === "object" && inner !== null ? (inner as ObjectValue) : {};
}

/** Whether a field says something: an empty list is as good as none. */
export function isWritten(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

export function regexpProblem(value: unknown, traefik: string): string | undefined {
  if (typeof value !== "string") return undefined;
  const reading = readRegexp(value, traefik);
  return reading.ok ? undefined : `no regular expression that Traefik reads: ${reading.message}`;
}

export function rangeProblem(value: unknown): string | undefined {
  if (typeof value === "string" && readRange(value)) return undefined;
  return "is no address and no range, such as 10.0.0.1, 10.0.0.0/8 or fd00::/8";
}

/** Of `404` and `500-599`, and of what Go's Atoi reads beside that. */
export function codesProblem(value: unknown): string | undefined {
  const [low = "", high = low] = String(value).split("-");
  return [low, high].every((code) => /^\+?\d{1,18}$/.test(code)) ? undefined : "is no status, such as 404 or 500-599";
}
