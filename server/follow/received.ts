import { isDeepStrictEqual } from "node:util";
import { decode } from "../../traefik/decode/decode.ts";
import { frozen, type Snapshot } from "../document/snapshot.ts";

/** A document as it came: its bytes, how gzip packed them if it did, and the version that was named with them. */
export interface Sent extends Pick<Snapshot, "body" | "version"> {
  readonly gzip?: Buffer;
}

/**
 * The answer that a document from elsewhere makes. Throws with the reason if its bytes are not those of its version, or if a
 * Traefik of `traefik` would not take it. Pure; `before`, a body that it would take, only saves work.
 */
export function received({ version, ...bytes }: Sent, traefik: string, before?: Buffer): Snapshot {
  const { body } = bytes;
  const snapshot = frozen({ status: 200, ...bytes });
  if (snapshot.version !== version) throw new Error("the bytes are not those of the version that is named with them");
  const decoded = decode((before && changed(body, before)) ?? body, traefik);
  if (decoded.verdict === "accepted") return snapshot;
  throw new Error(`Traefik would not take the document: ${decoded.problems[0]?.message ?? decoded.verdict}`);
}

/**
 * The document without the objects that are the same in the former one, but with one of each kind. Traefik reads each object by itself, and to
 * read all of them takes most of the time of a change. Undefined if one of the two is not written as JSON.stringify writes: YAML may read it otherwise.
 */
function changed(body: Buffer, before: Buffer): string | undefined {
  const [now, former] = [plainJson(body), plainJson(before)];
  if (!now || !former) return undefined;
  const different = (objects: Json, old: Json) => {
    const all = Object.entries(objects);
    const some = all.filter(([name, value]) => !isDeepStrictEqual(value, old[name]));
    return Object.fromEntries(some.length > 0 ? some : all.slice(0, 1));
  };
  return JSON.stringify(replaced(now, former, (section, old) => replaced(section, old, different)));
}

type Json = Readonly<Record<string, unknown>>;

/** A map with its inner maps replaced. */
function replaced(map: Json, former: Json, replace: (inner: Json, former: Json) => Json): Json {
  const entries = Object.entries(map).map(([name, inner]) => {
    const old = former[name];
    return [name, isMap(inner) ? replace(inner, isMap(old) ? old : {}) : inner] as const;
  });
  return Object.fromEntries(entries);
}

function plainJson(bytes: Buffer): Json | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isMap(value) && Buffer.from(JSON.stringify(value)).equals(bytes) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isMap(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
