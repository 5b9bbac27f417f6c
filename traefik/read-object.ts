import { type KeyPath, valueAt } from "../files/key-path.ts";
import { decodeValue } from "./decode/decode.ts";
import { objectFinding } from "./judge/object-finding.ts";
import type { Finding } from "./model/finding.ts";
import { documentPath, type Kind, type ObjectValue, objectId } from "./objects/objects.ts";
import { withOwnNames } from "./objects/references.ts";

/** Reads one object as Traefik's decoder does: its value in Traefik's own spelling, or the reason it is not served. */
export type ObjectReader = (
  kind: Kind,
  name: string,
  written: unknown,
) => { readonly value: ObjectValue; readonly note?: string } | Finding;

/** Reads objects as the decoder does, and rejects those that Traefik would turn off. */
export function createObjectReader(version: string): ObjectReader {
  const decode = createObjectDecoder(version);
  return (kind, name, written) => {
    const decoded = decode(kind, name, written);
    return ("value" in decoded && objectFinding(kind, decoded.value, version)) || decoded;
  };
}

/**
 * Reads objects as the decoder of a Traefik of that version does: names in any case, `a, b` for a list, numbers as text, and so on,
 * and returns them in Traefik's own spelling. A field that this version does not know is left out and reported, if the object means
 * the same without it; anything else that the decoder refuses is a problem.
 */
export function createObjectDecoder(version: string): ObjectReader {
  return (kind, name, written) => {
    const inexact = inexactNumber(written, []);
    if (inexact) return refused(inexact, "is a number too large to be read exactly here; put it in quotes");
    const path = documentPath(objectId(kind, kind === "tls.certificates" ? "0" : name));
    const left: string[] = [];
    for (let value = written; ; ) {
      const decoded = decodeValue(around(path, value), version);
      const { problems } = decoded;
      if (problems.length === 0) {
        const notes = [...left, ...decoded.altered.map(({ path, message }) => noted(path.slice(3), message))];
        const object = valueAt(decoded.document, path) as ObjectValue | undefined;
        if (!object) return refused([], "has nothing that Traefik uses");
        return {
          value: withOwnNames(objectId(kind, name), object),
          ...(notes.length > 0 && { note: notes.join("; ") }),
        };
      }
      const inside = problems.map((problem) => ({ ...problem, path: problem.path.slice(3) }));
      const worst = inside.find(
        ({ since, path }) => since === undefined || path.length === 0 || isEssential(kind, path),
      );
      if (worst) return refused(worst.path, worst.message);
      left.push(...inside.map((one) => noted(one.path, one.message)));
      value = inside.reduce((rest, one) => without(rest, one.path), value);
    }
  };
}

/** The path of a whole number that JavaScript has already rounded. */
function inexactNumber(value: unknown, path: KeyPath): KeyPath | undefined {
  if (typeof value === "number") return Number.isInteger(value) && !Number.isSafeInteger(value) ? path : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = inexactNumber(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found) return found;
  }
  return undefined;
}

function refused(path: KeyPath, message: string): Finding {
  return { word: "refused", path, message };
}

function around([section = "", part = "", key = ""]: KeyPath, value: unknown): object {
  return { [section]: { [part]: key === 0 ? [value] : { [key]: value } } };
}

function noted(path: KeyPath, message: string): string {
  return `${path.map(String).join(".")}: ${message}`;
}

/** A copy without the value at a path; parents that become empty are removed too. */
function without(value: unknown, [key = "", ...rest]: KeyPath): unknown {
  if (typeof value !== "object" || value === null) return value;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<PropertyKey, unknown>;
  const inner = rest.length === 0 ? undefined : without(copy[key], rest);
  if (inner === undefined || (typeof inner === "object" && inner !== null && Object.keys(inner).length === 0))
    delete copy[key];
  else copy[key] = inner;
  return copy;
}

/** Fields below the first level, and of routers, without which an object means something else. */
const essentials = new Set(["http.routers.parentRefs", "http.services.failover.errors"]);

/**
 * Whether an object may not be served without a field that Traefik is too old for. A child router would accept requests without its
 * parent's conditions; a service would lose its middlewares, which may protect it; a failover by status would become one
 * by health, which Traefik turns off; and an object without its type is nothing.
 */
function isEssential(kind: Kind, path: KeyPath): boolean {
  if (path.length === 1 && /\.(services|middlewares)$/.test(kind)) return true;
  return essentials.has([kind, ...path].join("."));
}
