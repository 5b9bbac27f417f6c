import type { KeyPath } from "../../files/key-path.ts";
import { type Kind, kindOf, nameOf, type ObjectId, type ObjectValue, objectId } from "./objects.ts";

/** A reference from one object to another. */
export interface Reference {
  /** The name as written: `web`, `auth@file`. */
  readonly name: string;
  readonly kind: Kind;
  /** The field that names it: `service`, `weighted.services[1].name`. */
  readonly path: string;
  /** The path of the name itself. */
  readonly at: KeyPath;
  /** In a list where Traefik needs only one item: the object without this item, or undefined if it is the last one. */
  readonly without?: () => ObjectValue | undefined;
  /** Whether that item gets no requests: a share of weight 0, a mirror of 0 percent. */
  readonly isIdle?: boolean;
}

/** Every object that an object names, in the order of the table below. (Traefik 3.7's dynamic configuration.) */
export function referencesOf(id: ObjectId, value: ObjectValue): Reference[] {
  const [section = ""] = kindOf(id).split(".");
  const to = (kind: string) => `${section}.${kind}` as Kind;
  const services = to("services");
  const transports = to("serversTransports");
  switch (kindOf(id)) {
    case "http.routers":
      return [
        ...one(value, ["service"], services),
        ...many(value, ["middlewares"], to("middlewares")),
        ...many(value, ["parentRefs"], to("routers")),
        ...one(value, ["tls", "options"], "tls.options"),
      ];
    case "tcp.routers":
    case "udp.routers":
      return [
        ...one(value, ["service"], services),
        ...many(value, ["middlewares"], to("middlewares")),
        ...one(value, ["tls", "options"], "tls.options"),
      ];
    case "http.services":
    case "tcp.services":
    case "udp.services":
      return [
        ...one(value, ["loadBalancer", "serversTransport"], transports),
        ...children(value, ["weighted", "services"], services),
        ...children(value, ["highestRandomWeight", "services"], services),
        ...one(value, ["mirroring", "service"], services),
        ...children(value, ["mirroring", "mirrors"], services, { mayBeEmpty: true, share: "percent" }),
        ...one(value, ["failover", "service"], services),
        ...one(value, ["failover", "fallback"], services),
        ...many(value, ["middlewares"], to("middlewares")),
      ];
    case "http.middlewares":
      return [
        ...many(value, ["chain", "middlewares"], to("middlewares")),
        ...one(value, ["errors", "service"], services),
      ];
    case "http.serversTransports":
    case "tcp.serversTransports":
    case "tcp.middlewares":
    case "tls.options":
    case "tls.stores":
    case "tls.certificates":
      return [];
  }
}

/** The object with each name it references replaced. */
export function withNames(id: ObjectId, value: ObjectValue, rename: (reference: Reference) => string): ObjectValue {
  return referencesOf(id, value).reduce(
    (renamed, reference) => withValueAt(renamed, reference.at, rename(reference)) as ObjectValue,
    value,
  );
}

/** The object with what it names `app@http` named `app`: Traefik's HTTP provider has both names for its own objects. */
export function withOwnNames(id: ObjectId, value: ObjectValue): ObjectValue {
  const isNeeded = referencesOf(id, value).some((one) => ownName(one) !== one.name);
  return isNeeded ? withNames(id, value, ownName) : value;
}

/** The TLS options `default` are those of all providers, and `default@http` is no name for them. */
function ownName({ kind, name }: Reference): string {
  return kind === "tls.options" && name === "default@http" ? name : name.replace(/^([^@]+)@http$/, "$1");
}

function withValueAt(value: unknown, [key, ...rest]: KeyPath, inner: unknown): unknown {
  if (key === undefined) return inner;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<PropertyKey, unknown>;
  copy[key] = withValueAt(copy[key], rest, inner);
  return copy;
}

/** The id of the referenced object in this document. */
export function targetOf({ kind, name }: Reference): ObjectId {
  return objectId(kind, name);
}

/** `http.services/web` as shown to people: `service web`. */
export function described(id: ObjectId): string {
  const [section, kind = ""] = kindOf(id).split(".");
  const noun = kind === "stores" || kind === "options" ? `tls ${kind}` : kind.replace(/s$/, "");
  return `${section === "http" || section === "tls" ? "" : `${section} `}${noun} ${nameOf(id)}`;
}

function one(value: ObjectValue, path: readonly string[], kind: Kind): Reference[] {
  const name = at(value, path);
  return typeof name === "string" && name !== "" ? [{ name, kind, path: path.join("."), at: path }] : [];
}

function many(value: ObjectValue, path: readonly string[], kind: Kind): Reference[] {
  const names = at(value, path);
  if (!Array.isArray(names)) return [];
  return names.map((name, index) => ({
    name: String(name),
    kind,
    path: `${path.join(".")}[${index}]`,
    at: [...path, index],
  }));
}

/** `mayBeEmpty`: the object is valid without any of them. `share`: the field that says how much an item gets. */
function children(
  value: ObjectValue,
  path: readonly string[],
  kind: Kind,
  { mayBeEmpty, share } = { mayBeEmpty: false, share: "weight" },
): Reference[] {
  const items = at(value, path);
  if (!Array.isArray(items)) return [];
  return items.map((item: ObjectValue | null, index) => ({
    name: String(item?.name ?? ""),
    kind,
    path: `${path.join(".")}[${index}]`,
    at: [...path, index, "name"],
    isIdle: Number(item?.[share] ?? (mayBeEmpty ? 0 : 1)) <= 0,
    without: () => {
      const rest = items.filter((_, other) => other !== index);
      if (rest.length === 0 && !mayBeEmpty) return undefined;
      return replaced(value, path, rest.length === 0 ? undefined : rest);
    },
  }));
}

function at(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value;
  return typeof value === "object" && value !== null ? at((value as ObjectValue)[key], rest) : undefined;
}

/** A copy with a new value at a path; undefined removes the key. */
function replaced(value: ObjectValue, [key = "", ...rest]: readonly string[], inner: unknown): ObjectValue {
  const next = rest.length === 0 ? inner : replaced(value[key] as ObjectValue, rest, inner);
  const copy: Record<string, unknown> = { ...value, [key]: next };
  if (next === undefined) delete copy[key];
  return copy;
}
