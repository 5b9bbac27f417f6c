import { didYouMean } from "../../files/did-you-mean.ts";
import { guarded } from "../../files/fault.ts";
import { harmless } from "../../files/harmless.ts";
import type { KeyPath } from "../../files/key-path.ts";
import { type ParseFiles, parseOnce } from "../../files/parse-once.ts";
import { type Problem, problemLine, problemPlace, problemText } from "../../files/problem.ts";
import type { Reading } from "../../files/read-directory.ts";
import { parseDocuments, problemAt, type YamlDocument } from "../../files/yaml-document.ts";
import { folded } from "../../traefik/model/shape.ts";
import { type Candidate, type Kind, kinds, type ObjectId, objectId } from "../../traefik/objects/objects.ts";
import type { ObjectReader } from "../../traefik/read-object.ts";
import { findTemplates, type Templates, templateMessage } from "./templates.ts";

/** What route files declare: Traefik's own dynamic configuration. */
export interface Routes {
  /** By file. A file that can't be read keeps its previous objects. */
  readonly files: ReadonlyMap<string, readonly Candidate[]>;
  /** What is wrong with whole files. It quotes no line. */
  readonly problems: readonly string[];
  /** What Traefik ignores in them, and so does rollcall. */
  readonly warnings?: readonly string[];
}

export const noRoutes: Routes = { files: new Map(), problems: [] };

/**
 * What a reading of the directory declares. What can't be read keeps its previous objects, and so does what is gone or empty:
 * perhaps it is not mounted, or the disk is full.
 */
export function parseRoutes(
  reading: Reading,
  read: ObjectReader,
  before: Routes,
  parse: ParseFiles<RouteFile> = parseOnce(routeFileReader(read)),
): Routes {
  const { directory, problems: unread } = reading;
  const whole = unread.find(({ file }) => file === directory);
  if (whole) {
    if (reading.absent && before.files.size === 0) return noRoutes;
    return { files: before.files, problems: [stays(problemLine(whole), before.files.size > 0)] };
  }
  const files = new Map<string, readonly Candidate[]>();
  const problems: string[] = [];
  const warnings: string[] = [];
  const blank = new Set<string>();
  function keep(problem: Problem) {
    const kept = declaredBefore(problem);
    for (const [file, candidates] of kept) files.set(file, candidates);
    problems.push(stays(problemLine(problem), kept.length > 0));
  }
  /** What the file of a problem declared before. Without a line it may be a directory: what all files in it declared. */
  function declaredBefore({ file, line }: Problem) {
    const own = before.files.get(file);
    if (own || line !== undefined) return own ? [[file, own] as const] : [];
    return [...before.files].filter(([one]) => one.startsWith(`${file}/`));
  }
  for (const problem of unread) keep(problem);
  for (const [file, { candidates, problem, ignored, isBlank }] of parse(reading.files)) {
    if (problem) keep(problem);
    else if (isBlank) blank.add(file);
    else files.set(file, candidates);
    for (const one of ignored)
      if (one.isTypo) problems.push(problemLine(one));
      else warnings.push(`${problemPlace(one)}: ${problemText(one)}`);
  }
  const declared = new Set([...files.values()].flat().map(({ id }) => id));
  const emptied = [...before.files].flatMap(([file, candidates]) => {
    const place = blank.has(file) ? file : reading.empty.find((one) => `${file}/`.startsWith(`${one}/`));
    // What another file declares by now has moved.
    const staying = candidates.filter(({ id }) => !declared.has(id));
    if (place === undefined || staying.length === 0) return [];
    files.set(file, staying);
    return [place];
  });
  for (const file of new Set(emptied)) {
    const message = `is empty; to declare nothing, ${blank.has(file) ? "write" : "put a file there with"} \`http: {}\``;
    problems.push(stays(problemLine({ file, path: "", message }), true));
  }
  return { files, problems, warnings };
}

/** Reads one file after the other. A fault of rollcall in one costs that one alone. */
export function routeFileReader(read: ObjectReader): (file: string, bytes: Uint8Array) => RouteFile {
  const nothing = { candidates: [], ignored: [] };
  return (file, bytes) =>
    guarded(
      () => {
        const templates = findTemplates(file, bytes);
        const { documents, problems } = parseDocuments(file, bytes, templates?.marked);
        const [document, second] = documents;
        const problem = problems[0] && (templates?.elsewhere() ?? problems[0]);
        if (problem) return { ...nothing, problem };
        if (second)
          return { ...nothing, problem: problemAt(second, [], "a route file is one document, as Traefik reads it") };
        if (!document || document.value === null) return { ...nothing, isBlank: true };
        const found = objectsOf(document, templates ? withoutTemplates(read, templates) : read);
        const whole = templates?.elsewhere() ?? found.problem;
        return whole ? { ...nothing, problem: whole } : found;
      },
      (message) => ({ ...nothing, problem: { file, path: "", message } }),
    );
}

/** Reads no object that holds a template. */
function withoutTemplates(read: ObjectReader, { pathIn }: Templates): ObjectReader {
  return (kind, name, written) => {
    const path = pathIn(written);
    return path ? { word: "refused", path, message: templateMessage } : read(kind, name, written);
  };
}

/** All candidates. A name that is declared twice counts for neither: both places are named. */
export function candidatesOf({ files }: Routes): Candidate[] {
  const first = new Map<ObjectId, Candidate>();
  for (const candidate of [...files.values()].flat()) {
    const other = first.get(candidate.id);
    if (!other) first.set(candidate.id, candidate);
    else first.set(candidate.id, { ...other, problem: `is declared at ${other.origin} and at ${candidate.origin}` });
  }
  return [...first.values()];
}

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
function objectsOf(document: YamlDocument, read: ObjectReader): RouteFile {
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
  return { id, value: undefined, origin: problemPlace({ file: place.file, ...where }), problem: `${at}: ${message}` };
}

const sections = new Set(kinds.map((kind) => kind.split(".")[0] ?? ""));

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function stays(line: string, anything: boolean): string {
  return anything ? `${line}; its previous objects stay` : line;
}
