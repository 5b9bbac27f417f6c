import type { KeyPath } from "../../files/key-path.ts";

/** The kinds of objects in Traefik's document; each has its own namespace. */
export const kinds = [
  "http.routers",
  "http.services",
  "http.middlewares",
  "http.serversTransports",
  "tcp.routers",
  "tcp.services",
  "tcp.middlewares",
  "tcp.serversTransports",
  "udp.routers",
  "udp.services",
  "tls.options",
  "tls.stores",
  // A list in the document: the name only tells its items apart.
  "tls.certificates",
] as const;

export type Kind = (typeof kinds)[number];

/** `http.routers/web`: one object of the document. */
export type ObjectId = `${Kind}/${string}`;

export function objectId(kind: Kind, name: string): ObjectId {
  return `${kind}/${name}`;
}

export function kindOf(id: ObjectId): Kind {
  return id.slice(0, id.indexOf("/")) as Kind;
}

export function nameOf(id: ObjectId): string {
  return id.slice(id.indexOf("/") + 1);
}

/** The path of an object in a document. For the certificates, which are a list, the name is the index. */
export function documentPath(id: ObjectId): KeyPath {
  const kind = kindOf(id);
  return [...kind.split("."), kind === "tls.certificates" ? Number(nameOf(id)) : nameOf(id)];
}

/** The id for reporting an object that its author may not overwrite; it is never served. */
export function shadow(id: ObjectId, author: string): ObjectId {
  return objectId(kindOf(id), `${nameOf(id)} of ${author}`);
}

/** The value of one of Traefik's objects: plain JSON. It may hold secrets, so it only appears in the document. */
export type ObjectValue = Readonly<Record<string, unknown>>;

/** One object that is declared to be served. */
export interface Candidate {
  readonly id: ObjectId;
  /** Undefined if it can't be read; `problem` says why. */
  readonly value: ObjectValue | undefined;
  /** Where it comes from: `routes/shop.yaml:3:5`, `group web`. */
  readonly origin: string;
  /** How the served object differs from the written one: fields that are left out, or that Traefik reads differently. */
  readonly note?: string;
  /** The rule of a router without a value, as it is written: the hosts in it are the author's all the same. */
  readonly rule?: string;
  /** Why it is invalid, regardless of other objects. */
  readonly problem?: string;
  /** Whether an instance declares it: an operator's object takes precedence. */
  readonly byLabels?: true;
  /** Whether its previous form must not be served instead. */
  readonly withdrawn?: boolean;
}

/** Each once. A router without entry points is on all of them. */
export function entryPointsOf({ entryPoints }: ObjectValue): readonly string[] {
  return Array.isArray(entryPoints) && entryPoints.length > 0 ? [...new Set(entryPoints.map(String))] : ["*"];
}
