import { byCodePoint } from "../../../files/by-code-point.ts";
import { type ObjectDocument, objectsOf } from "../../../traefik/objects/document.ts";
import { documentPath, kindOf, nameOf, type ObjectId, type ObjectValue } from "../../../traefik/objects/objects.ts";
import { described } from "../../../traefik/objects/references.ts";
import { leavesOut } from "./leave-out.ts";

export interface Store {
  /** The root of Traefik's provider, without a slash. */
  readonly prefix: string;
  /** Whether Traefik reads an empty value: etcd's, not Redis's. */
  readonly keepsEmpty: boolean;
}

/** A document as the keys of a store, below its prefix. */
export interface Keyed {
  /** With their values; never none. */
  readonly keys: ReadonlyMap<string, string>;
  /** What of the document can't be written, a sentence each. */
  readonly warnings: readonly string[];
}

type Pairs = (readonly [path: readonly string[], value: string])[];

/**
 * The keys by which Traefik's providers of key-value stores read a document. An object that the layout can't carry is left out, and what refers
 * to it is closed rather than opened: see leave-out.ts. One wrong key would make Traefik reject all of them. (Seen on 3.7.15.)
 */
export function flatten(document: ObjectDocument, { prefix, keepsEmpty }: Store): Keyed {
  const objects = objectsOf(document);
  const problems = new Map<ObjectId, string>();
  const flat = new Map<ObjectId, Pairs>();
  const names = new Map<string, string>();
  const read = (id: ObjectId, value: ObjectValue) => {
    const pairs: Pairs = [];
    const problem = nameProblem(id, names) ?? add(pairs, [], value, keepsEmpty);
    if (problem === undefined) flat.set(id, pairs);
    return problem;
  };
  for (const [id, value] of [...objects].sort(([a], [b]) => byCodePoint(a, b))) {
    const problem = read(id, value);
    if (problem !== undefined) problems.set(id, problem);
  }
  const { closed, gone } = leavesOut(objects, new Set(problems.keys()));
  for (const id of gone) flat.delete(id);
  for (const [id, value] of closed) {
    const problem = read(id, value);
    if (problem !== undefined) throw new Error(`${described(id)} can't be closed in a key-value store: ${problem}`);
  }
  if (flat.size === 0) read("http.services/rollcall-nothing", { loadBalancer: { servers: [] } });
  const keys = new Map<string, string>();
  for (const [id, pairs] of flat) {
    const path = documentPath(id).map((part) => (typeof part === "number" ? index(part) : part));
    for (const [inner, value] of pairs) keys.set([prefix, ...path, ...inner].join("/"), value);
  }
  return { keys, warnings: [...problems].map(([id, problem]) => sentence(id, problem, closed.size > 0)) };
}

function sentence(id: ObjectId, problem: string, closes: boolean): string {
  return `${described(id)} is left out: ${problem}${closes ? "; routers that need it are closed" : ""}`;
}

/** Why a name can't be a part of a key. `names`: those that are taken, by how Traefik compares them. */
function nameProblem(id: ObjectId, names: Map<string, string>): string | undefined {
  if (kindOf(id) === "tls.certificates") return undefined;
  const name = nameOf(id);
  const same = `${kindOf(id)}/${name.toLowerCase()}`;
  const taken = names.get(same);
  if (taken !== undefined && taken !== name)
    return `its name differs from ${taken} only in case, which Traefik does not tell apart here: rename one`;
  const problem = partProblem(name) ?? (name.includes("@") ? "has an @" : undefined);
  if (problem !== undefined) return `its name ${problem}: rename it`;
  names.set(same, name);
  return undefined;
}

function partProblem(part: string): string | undefined {
  if (part === "") return "is empty";
  if (part.includes("/")) return "has a slash";
  return /^[+-]?\d+$/.test(part) ? "is a number, which Traefik takes for a place in a list" : undefined;
}

/** Adds the pairs of a value, or says why it has none; never with the value, which may be a secret. */
function add(pairs: Pairs, path: readonly string[], value: unknown, keepsEmpty: boolean): string | undefined {
  const where = path.join(".");
  if (value === null || value === undefined) return undefined;
  if (typeof value !== "object") {
    if (value === "" && !keepsEmpty) return `${where} is empty, which Traefik does not read from Redis: use etcd`;
    pairs.push([path, String(value)]);
    return undefined;
  }
  const before = pairs.length;
  const entries = Array.isArray(value) ? value.map((item, n) => [index(n), item] as const) : Object.entries(value);
  const seen = new Set<string>();
  for (const [part, inner] of entries) {
    const problem = Array.isArray(value) ? itemProblem(inner) : (partProblem(part) ?? twice(seen, part));
    if (problem !== undefined) return `${(Array.isArray(value) ? path : [...path, part]).join(".")} ${problem}`;
    const deeper = add(pairs, [...path, part], inner, keepsEmpty);
    if (deeper !== undefined) return deeper;
  }
  if (pairs.length > before) return undefined;
  const [around, last] = [path.at(-2), path.at(-1)];
  if (Array.isArray(value)) {
    // A load balancer without servers: a list of objects that has a text is read as an empty one.
    if (last === "servers") pairs.push([path, "true"]);
    return undefined;
  }
  if (!mayBeEmpty(around, last)) return `${where} is empty, which ${notHere}`;
  pairs.push([path, "true"]);
  return undefined;
}

const notHere = "Traefik does not read from a key-value store: use the provider HTTP or file";

/** What is accepted by Traefik's other providers with nothing in it, and here with the text `true`. */
const empties = ["tls", "sticky", "cookie", "compress", "contentType", "ipStrategy", "proxyProtocol", "healthCheck"];
function mayBeEmpty(around: string | undefined, last = ""): boolean {
  return (
    empties.includes(last) &&
    `${around}.${last}` !== "failover.healthCheck" &&
    `${around}.${last}` !== "weighted.sticky"
  );
}

/** Traefik joins the items of a list with commas, and splits them again. */
function itemProblem(item: unknown): string | undefined {
  if (typeof item !== "string") return undefined;
  if (item.includes(",")) return `has an item with a comma, which ${notHere}`;
  // A certificate's text ends with a line, without which it is the same.
  const isChanged = item !== item.trim() && !item.startsWith("-----BEGIN ");
  return item === "" || isChanged ? `has an item that is empty or has spaces around it, which ${notHere}` : undefined;
}

function twice(seen: Set<string>, part: string): string | undefined {
  const name = part.toLowerCase();
  if (seen.has(name)) return "is there twice but for its case: rename one";
  seen.add(name);
  return undefined;
}

/** Traefik sorts places in a list as text. One width for all, so that a list that grows changes no other key. */
function index(place: number): string {
  return String(place).padStart(4, "0");
}
