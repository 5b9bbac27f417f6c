import { guarded } from "../../files/fault.ts";
import { type ParseFiles, parseOnce } from "../../files/parse-once.ts";
import { type Problem, problemLine, problemPlace, problemText } from "../../files/problem.ts";
import type { Reading } from "../../files/read-directory.ts";
import { parseDocuments, problemAt } from "../../files/yaml-document.ts";
import type { Candidate, ObjectId } from "../../traefik/objects/objects.ts";
import type { ObjectReader } from "../../traefik/read-object.ts";
import { objectsOf, type RouteFile } from "./route-objects.ts";
import { findTemplates, type Templates, templateMessage } from "./templates.ts";
import { seeming } from "./unread-hosts.ts";

/** What route files declare: Traefik's own dynamic configuration. */
export interface Routes {
  /** By file. A file that can't be read keeps its previous objects. */
  readonly files: ReadonlyMap<string, readonly Candidate[]>;
  /** What is wrong with whole files. It quotes no line. */
  readonly problems: readonly string[];
  /** What Traefik ignores in them, and so does rollcall. */
  readonly warnings?: readonly string[];
  /** What files that can't be read say of hosts: those are their author's all the same. */
  readonly unread?: readonly Candidate[];
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
  const { directory } = reading;
  const whole = reading.problems.find(({ file }) => file === directory);
  if (whole) {
    if (reading.absent && before.files.size === 0) return noRoutes;
    const { files, unread = [] } = before;
    return { files, unread, problems: [stays(problemLine(whole), files.size > 0)] };
  }
  const files = new Map<string, readonly Candidate[]>();
  const problems: string[] = [];
  const warnings: string[] = [];
  const blank = new Set<string>();
  const unread: Candidate[] = [];
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
  for (const problem of reading.problems) keep(problem);
  for (const [file, { candidates, problem, ignored, isBlank }] of parse(reading.files)) {
    const bytes = reading.files.get(file);
    if (problem && bytes) unread.push(seeming(file, bytes));
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
  return { files, problems, warnings, unread };
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

function stays(line: string, anything: boolean): string {
  return anything ? `${line}; its previous objects stay` : line;
}
