import { byCodePoint } from "./by-code-point.ts";
import { didYouMean } from "./did-you-mean.ts";
import { type Group, groupSchema } from "./group.ts";
import type { Problem } from "./problem.ts";
import type { Reading } from "./read-directory.ts";
import { replicaNames } from "./replica-names.ts";
import { validate } from "./validate.ts";
import { parseDocuments, type YamlDocument } from "./yaml-document.ts";

/** What the server's configuration says that a group file depends on. */
export interface GroupContext {
  /** The version of Traefik that reads the document. */
  readonly traefik: string;
  readonly sources: readonly { readonly name: string; readonly projects: readonly string[] }[];
}

/** A group whose source is known. */
export type DeclaredGroup = Group & { readonly source: string };

export type Loaded =
  | { readonly ok: true; readonly groups: readonly DeclaredGroup[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

interface Found {
  readonly group: DeclaredGroup;
  readonly document: YamlDocument;
}

/** The groups of a reading, by name in code point order; or every problem of every file, in the order of the files. */
export function parseGroups(reading: Reading, context: GroupContext): Loaded {
  const schema = groupSchema(context.traefik);
  const problems = [...reading.problems];
  const found: Found[] = [];
  for (const [file, bytes] of reading.files) {
    const { documents, problems: unreadable } = parseDocuments(file, bytes);
    problems.push(...unreadable);
    if (documents.length === 0 && unreadable.length === 0) problems.push(emptyFile(file));
    for (const document of documents) {
      if (document.value === null || document.value === undefined) {
        problems.push({ ...document.at([], "value"), path: "", message: empty });
        continue;
      }
      const validated = validate(document, schema);
      if (!validated.ok) problems.push(...validated.problems);
      else found.push({ group: withSource(validated.value, context), document });
    }
  }
  problems.push(...found.flatMap((one) => placeProblems(one, context)), ...duplicates(found));
  if (problems.length > 0) return { ok: false, problems: problems.sort(byPlace) };
  return { ok: true, groups: found.map(({ group }) => group).sort((a, b) => byCodePoint(a.name, b.name)) };
}

const empty = "is empty; a group has at least name, replicas and service.port";

function emptyFile(file: string): Problem {
  return { file, line: 1, column: 1, path: "", message: empty };
}

function withSource(group: Group, { sources }: GroupContext): DeclaredGroup {
  return { ...group, source: group.source ?? (sources.length === 1 ? (sources[0]?.name ?? "") : "") };
}

/** Whether the group's source and project are there. */
function placeProblems({ group, document }: Found, { sources }: GroupContext): Problem[] {
  const names = sources.map(({ name }) => name);
  const source = sources.find(({ name }) => name === group.source);
  if (!source && group.source === "")
    return [{ ...document.at([], "value"), path: "source", message: `is required: there are ${names.join(", ")}` }];
  if (!source) {
    const message = `no such source${didYouMean(group.source, names) || `; there is ${names.join(", ")}`}`;
    return [{ ...document.at(["source"], "value"), path: "source", message }];
  }
  if (source.projects.includes(group.project)) return [];
  const message = `${group.project} is not among the projects of source ${source.name}: ${source.projects.join(", ")}`;
  return [{ ...document.at(["project"], "value"), path: "project", message }];
}

function duplicates(found: readonly Found[]): Problem[] {
  const first = new Map<string, Found>();
  const names = found.flatMap((one) => {
    const known = first.get(one.group.name);
    if (!known) first.set(one.group.name, one);
    return known ? [nameProblem(one, `is declared before, at ${placeOf(known)}`)] : [];
  });
  const rosters = [...first.values()]
    .filter(({ group }) => !group.selector)
    .map((one) => ({ one, place: `${one.group.source}/${one.group.project}`, names: replicaNames(one.group) }));
  return [
    ...names,
    ...collisions(rosters).map(({ name, one, other }) =>
      nameProblem(one.one, `its replica ${name} is also one of ${other.one.group.name}, at ${placeOf(other.one)}`),
    ),
  ];
}

function nameProblem({ document }: Found, message: string): Problem {
  return { ...document.at(["name"], "value"), path: "name", message };
}

function placeOf({ document }: Found): string {
  const { file, line } = document.at(["name"], "value");
  return `${file}:${line}`;
}

/** The first name of each roster that another roster of the same place has too. */
export function collisions<R extends { readonly place: string; readonly names: readonly string[] }>(
  rosters: readonly R[],
): { readonly name: string; readonly one: R; readonly other: R }[] {
  const owners = new Map<string, R>();
  return rosters.flatMap((one) => {
    const name = one.names.find((name) => owners.has(`${one.place}/${name}`));
    const other = name === undefined ? undefined : owners.get(`${one.place}/${name}`);
    for (const name of one.names) owners.set(`${one.place}/${name}`, one);
    return name !== undefined && other ? [{ name, one, other }] : [];
  });
}

function byPlace(a: Problem, b: Problem): number {
  return byCodePoint(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
