import { writePath } from "../../files/key-path.ts";
import { hostFilesOf } from "../objects/host-files.ts";
import { kindOf, nameOf, type ObjectId, type ObjectValue } from "../objects/objects.ts";
import { parseRule } from "../rule/parse.ts";
import { notesOfRule } from "../rule/unmatched.ts";

interface Known {
  readonly id: ObjectId;
  readonly traefik: string;
  readonly notes: readonly string[];
}

/** Cached by value: most objects stay the same between roll calls. */
const known = new WeakMap<ObjectValue, Known>();

/**
 * What to know about an object that a Traefik of that version accepts as written: that it needs something that cannot be checked
 * here, that it affects more than itself, or that it never does anything. Notes hold no values: they may be secrets.
 */
export function notesOf(id: ObjectId, value: ObjectValue, traefik: string): readonly string[] {
  const before = known.get(value);
  if (before?.id === id && before.traefik === traefik) return before.notes;
  const notes = [
    ...hostFileNotes(id, value),
    ...(nameOf(id) === "default" ? (wide[kindOf(id)] ?? []) : []),
    ...storeNotes(id, value),
    ...versionNotes(id, value),
    ...internalNotes(id, value),
    ...ruleNotes(id, value, traefik),
  ];
  known.set(value, { id, traefik, notes });
  return notes;
}

function hostFileNotes(id: ObjectId, value: ObjectValue): string[] {
  const paths = hostFilesOf(kindOf(id), value).map(writePath);
  if (paths.length === 0) return [];
  return [`${paths.join(", ")}: a file that has to be on the host of each Traefik, which cannot be seen from here`];
}

/** Seen on 3.7.15, with the file provider next to the HTTP provider. */
const wide: Readonly<Record<string, readonly string[]>> = {
  "tls.options": [
    "holds for every router of this Traefik with TLS and without options of its own, and where another provider has one too, Traefik turns all of them off",
  ],
  "tls.stores": [
    "holds for every name of this Traefik without a certificate of its own, and where another provider has one too, Traefik takes neither",
  ],
};

/** Seen on 3.7.15. */
function storeNotes(id: ObjectId, { stores }: ObjectValue): string[] {
  const kind = kindOf(id);
  if (kind === "tls.stores" && nameOf(id) !== "default") return ["does nothing: Traefik uses the store default alone"];
  if (kind !== "tls.certificates" || !Array.isArray(stores) || stores.length === 0 || stores.includes("default"))
    return [];
  return ["stores: does nothing: Traefik uses the store default alone, and this certificate is not in it"];
}

/** Seen on 3.7.15. */
function versionNotes(id: ObjectId, value: ObjectValue): string[] {
  if (kindOf(id) !== "tls.options") return [];
  const wrong = ["minVersion", "maxVersion"].filter(
    (key) => value[key] !== undefined && !/^VersionTLS1[0-3]$/.test(String(value[key])),
  );
  return wrong.map((key) => `${key}: Traefik ignores it: it is not one of VersionTLS10 to VersionTLS13`);
}

/** Traefik's own services that expose its state or change it. */
const internal: Readonly<Record<string, string>> = {
  "api@internal": "publishes Traefik's API, which tells all of its configuration",
  "dashboard@internal": "publishes Traefik's dashboard",
  "rest@internal": "publishes the provider by which Traefik's configuration is written",
  "prometheus@internal": "publishes Traefik's metrics",
};

function internalNotes(id: ObjectId, { service }: ObjectValue): string[] {
  const said = kindOf(id) === "http.routers" && typeof service === "string" ? internal[service] : undefined;
  return said === undefined ? [] : [`service: ${said}`];
}

function ruleNotes(id: ObjectId, { rule, ruleSyntax }: ObjectValue, traefik: string): string[] {
  const [section, part] = kindOf(id).split(".");
  if (part !== "routers" || typeof rule !== "string" || ruleSyntax === "v2") return [];
  const reading = parseRule(rule, { kind: section === "tcp" ? "tcp" : "http", traefik });
  return reading.ok ? notesOfRule(reading.rule, traefik).map((note) => `rule: ${note}`) : [];
}
