import { type KeyPath, valueAt } from "../../files/key-path.ts";
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
  /** Whether it is an item of a list in which Traefik doesn't need every item. */
  readonly isItem?: true;
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
        ...items(value, weighted, services),
        ...items(value, highestRandomWeight, services),
        ...one(value, ["mirroring", "service"], services),
        ...items(value, mirrors, services),
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

/** The lists of a service that name others, and can do without some of them: all but the mirrors need one at least. */
const weighted = ["weighted", "services"] as const;
const highestRandomWeight = ["highestRandomWeight", "services"] as const;
const mirrors = ["mirroring", "mirrors"] as const;

/** The object with each name it references replaced; itself if each stays. */
export function withNames(id: ObjectId, value: ObjectValue, rename: (reference: Reference) => string): ObjectValue {
  const renamed = referencesOf(id, value)
    .map((reference) => ({ ...reference, to: rename(reference) }))
    .filter(({ name, to }) => to !== name);
  if (renamed.length === 0) return value;
  const copy = structuredClone(value);
  for (const { at: path, to } of renamed) {
    const parent = valueAt(copy, path.slice(0, -1)) as Record<PropertyKey, unknown>;
    parent[path.at(-1) ?? ""] = to;
  }
  return copy;
}

/** The object with what it names `app@http` named `app`: Traefik's HTTP provider has both names for its own objects. */
export function withOwnNames(id: ObjectId, value: ObjectValue): ObjectValue {
  // The TLS options `default` are those of all providers, and `default@http` is no name for them.
  const isDefault = ({ kind, name }: Reference) => kind === "tls.options" && name === "default@http";
  return withNames(id, value, (one) => (isDefault(one) ? one.name : ownName(one.name)));
}

/** `app` of `app@http`; any other name as it is. */
export function ownName(name: string): string {
  return name.replace(/^([^@]+)@http$/, "$1");
}

/** The object without some of the items that it names, or undefined where Traefik needs one of them. */
export function withoutItems(value: ObjectValue, references: readonly Reference[]): ObjectValue | undefined {
  let rest = value;
  for (const [type, key] of [weighted, highestRandomWeight, mirrors]) {
    const gone = new Set(
      references.flatMap(({ at: [one, other, index] }) => (one === type && other === key ? index : [])),
    );
    if (gone.size === 0) continue;
    const { [key]: list, ...others } = rest[type] as ObjectValue;
    const staying = (list as unknown[]).filter((_, index) => !gone.has(index));
    if (staying.length === 0 && type !== "mirroring") return undefined;
    rest = { ...rest, [type]: { ...others, ...(staying.length > 0 && { [key]: staying }) } };
  }
  return rest;
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
  const name = valueAt(value, path);
  return typeof name === "string" && name !== "" ? [{ name, kind, path: path.join("."), at: path }] : [];
}

function many(value: ObjectValue, path: readonly string[], kind: Kind): Reference[] {
  const names = valueAt(value, path);
  if (!Array.isArray(names)) return [];
  return names.map((name, index) => ({
    name: String(name),
    kind,
    path: `${path.join(".")}[${index}]`,
    at: [...path, index],
  }));
}

function items(value: ObjectValue, path: readonly string[], kind: Kind): Reference[] {
  const list = valueAt(value, path);
  if (!Array.isArray(list)) return [];
  return list.map((item: ObjectValue | null, index) => ({
    name: String(item?.name ?? ""),
    kind,
    path: `${path.join(".")}[${index}]`,
    at: [...path, index, "name"],
    isItem: true,
    isIdle: Number(path === mirrors ? (item?.percent ?? 0) : (item?.weight ?? 1)) <= 0,
  }));
}
