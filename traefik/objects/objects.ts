import type { KeyPath } from "../../files/key-path.ts";

/** Where an object lies in Traefik's document; the same name may be in each of them. */
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
  // A list in the document: the name only tells one from another.
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

/** Where an object lies in a document. Of the certificates, which are a list, the name is the index. */
export function documentPath(id: ObjectId): KeyPath {
  const kind = kindOf(id);
  return [...kind.split("."), kind === "tls.certificates" ? Number(nameOf(id)) : nameOf(id)];
}

/** What somebody may not overwrite is said under its own name, and never served. */
export function shadow(id: ObjectId, author: string): ObjectId {
  return objectId(kindOf(id), `${nameOf(id)} of ${author}`);
}

/** The value of one of Traefik's objects: plain JSON. It may hold secrets, and is shown nowhere but in the document. */
export type ObjectValue = Readonly<Record<string, unknown>>;

/** One object that somebody wants served. */
export interface Candidate {
  readonly id: ObjectId;
  /** Undefined where it can't be read; `problem` says why. */
  readonly value: ObjectValue | undefined;
  /** Where it comes from: `routes/shop.yaml:3:5`, `group web`. */
  readonly origin: string;
  /** How what is served differs from what is written: fields that are left out, or that Traefik reads otherwise. */
  readonly note?: string;
  /** What is wrong with it by itself. */
  readonly problem?: string;
  /** Whether an instance declares it: an operator's object goes before it. */
  readonly byLabels?: true;
  /** Whether no earlier form of it may be served in its place. */
  readonly withdrawn?: boolean;
}

/** A router that names none is on all of them. */
export function entryPointsOf({ entryPoints }: ObjectValue): readonly string[] {
  return Array.isArray(entryPoints) && entryPoints.length > 0 ? entryPoints.map(String) : ["*"];
}
