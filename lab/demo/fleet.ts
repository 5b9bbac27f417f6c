import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { editYaml } from "../../files/edit-yaml.ts";
import { valueAt } from "../../files/key-path.ts";
import { problemLine } from "../../files/problem.ts";
import { readDirectory } from "../../files/read-directory.ts";
import { parseDocuments } from "../../files/yaml-document.ts";
import { groupListing } from "../../shared/instance-contents.ts";
import { type DeclaredGroup, parseGroups } from "../../shared/parse-groups.ts";
import { newestTraefik } from "../../traefik/model/version.ts";

/** What a router's rule matches. */
export interface Place {
  readonly host: string;
  readonly path: string;
}

/** The files of groups/, in a copy that may be changed. */
export interface Fleet {
  readonly directory: string;
  readonly groups: readonly DeclaredGroup[];
  /** The group that the story is about. */
  readonly hero: DeclaredGroup;
  /** The host name in its router's rule. */
  readonly host: string;
  /** The places of the other groups, the shortest path first. */
  readonly others: readonly Place[];
  /** Its file. */
  readonly file: string;
  /** Changes its number of replicas. */
  scale(replicas: number): void;
}

const original = fileURLToPath(new URL("../../groups", import.meta.url));

/** Copies the files below `home`, for replicas in `project`. */
export async function copyFleet(home: string, project: string): Promise<Fleet> {
  const directory = join(home, "groups");
  cpSync(original, directory, { recursive: true });
  const files = readdirSync(directory).map((name) => join(directory, name));
  if (project !== "default")
    for (const file of files) for (const name of namesIn(file)) edit(file, name, "project", project);
  const reading = await readDirectory(directory, groupListing);
  const loaded = parseGroups(reading, {
    traefik: newestTraefik,
    gate: "complete",
    sources: [{ name: "local", projects: [project] }],
  });
  if (!loaded.ok) throw new Error(loaded.problems.map(problemLine).join("\n"));
  const { groups } = loaded;
  const hero = groups.find(({ name }) => name === "web") ?? groups[0];
  const host = placeOf(hero)?.host;
  if (hero === undefined || host === undefined) throw new Error(`${original} has no group with a router for a host`);
  const file = files.find((one) => namesIn(one).includes(hero.name)) ?? directory;
  return {
    directory,
    groups,
    hero,
    host,
    others: groups
      .filter((group) => group !== hero)
      .flatMap((group) => placeOf(group) ?? [])
      .sort((a, b) => a.path.length - b.path.length),
    file,
    scale: (replicas) => edit(file, hero.name, "replicas", replicas),
  };
}

function placeOf(group: DeclaredGroup | undefined): Place | undefined {
  const rule = group?.router?.rule ?? "";
  const [host, path = "/"] = ["Host", "PathPrefix"].map((name) => new RegExp(`${name}\\(\`([^\`]+)\``).exec(rule)?.[1]);
  return host === undefined ? undefined : { host, path };
}

/** Changes a group in a file as an editor does: the rest stays, and a reader sees either the old file or the new one. */
function edit(file: string, group: string, key: string, value: string | number): void {
  const written = `${file}~`;
  writeFileSync(written, editYaml(readFileSync(file, "utf8"), namesIn(file).indexOf(group), [key], value));
  renameSync(written, file);
}

function namesIn(file: string): string[] {
  return parseDocuments(file, readFileSync(file)).documents.map(({ value }) => String(valueAt(value, ["name"])));
}
