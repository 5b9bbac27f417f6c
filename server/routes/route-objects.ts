import { didYouMean } from "../../files/did-you-mean.ts";
import { guarded } from "../../files/fault.ts";
import { harmless } from "../../files/harmless.ts";
import type { KeyPath } from "../../files/key-path.ts";
import { type Problem, problemPlace } from "../../files/problem.ts";
import { problemAt, type YamlDocument } from "../../files/yaml-document.ts";
import { folded } from "../../traefik/model/shape.ts";
import { type Candidate, type Kind, kinds, objectId } from "../../traefik/objects/objects.ts";
import type { ObjectReader } from "../../traefik/read-object.ts";
import { ruleIn } from "./unread-hosts.ts";

/** What one file declares by itself. */
export interface RouteFile {
  readonly candidates: readonly Candidate[];
  /** Whether it is empty but for comments. */
  readonly isBlank?: boolean;
  /** Why the whole file can't be read. */
  readonly problem?: Problem;
  /** What Traefik ignores; `isTypo` if it is probably the name of a section. */
  readonly ignored: readonly (Problem & { readonly isTypo: boolean })[];
}

/** Names may be in any case, and unknown sections are ignored, as in Traefik. (Seen on 3.7.15.) */
export function objectsOf(document: YamlDocument, read: ObjectReader): RouteFile {
  const candidates: Candidate[] = [];
  const ignored: RouteFile["ignored"][number][] = [];
  const wrong = (path: KeyPath, message: string) => ({
    candidates: [],
    ignored: [],
    problem: problemAt(document, path, message, path.length > 0 ? "key" : "value"),
  });
  if (!isMap(document.value)) return wrong([], "is not a map; a route file begins with http:, tcp:, udp: or tls:");
  for (const [section, parts] of Object.entries(document.value)) {
    if (!sections.has(folded(section))) {
      // By convention, sections named x-... only hold YAML anchors.
      const hint = didYouMean(section, [...sections]);
      const message = `unknown key, which is ignored${hint || `; a route file has ${[...sections].join(", ")}`}`;
      if (!section.startsWith("x-"))
        ignored.push({ ...problemAt(document, [section], message, "key"), isTypo: hint !== "" });
      continue;
    }
    if (parts === null) continue;
    if (!isMap(parts)) return wrong([section], "is not a map");
    for (const [part, objects] of Object.entries(parts)) {
      const kind = kinds.find((one) => folded(one) === folded(`${section}.${part}`));
      // Traefik ignores models: it makes its own.
      if (objects === null || folded(part) === "models") continue;
      if (!kind) return wrong([section, part], "unknown key");
      if (kind === "tls.certificates" ? !Array.isArray(objects) : !isMap(objects))
        return wrong([section, part], kind === "tls.certificates" ? "is not a list" : "is not a map");
      for (const [name, written] of Object.entries(objects as object))
        candidates.push(
          candidate(document, kind, [section, part, kind === "tls.certificates" ? Number(name) : name], written, read),
        );
    }
  }
  return { candidates, ignored };
}

function candidate(document: YamlDocument, kind: Kind, path: KeyPath, written: unknown, read: ObjectReader): Candidate {
  const key = String(path.at(-1));
  const place = document.at(path, kind === "tls.certificates" ? "value" : "key");
  const name = kind === "tls.certificates" ? `${harmless(place.file)}:${key.padStart(6, "0")}` : key;
  const id = objectId(kind, name);
  const origin = problemPlace(place);
  const found = guarded(
    () => read(kind, name, written),
    (message) => ({ word: "refused" as const, path: [], message }),
  );
  if ("value" in found) return { id, origin, ...found };
  const { message, file: _, path: at, ...where } = problemAt(document, [...path, ...found.path], found.message);
  const said = {
    id,
    value: undefined,
    origin: problemPlace({ file: place.file, ...where }),
    problem: `${at}: ${message}`,
  };
  return { ...said, ...ruleIn(written) };
}

const sections = new Set(kinds.map((kind) => kind.split(".")[0] ?? ""));

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
