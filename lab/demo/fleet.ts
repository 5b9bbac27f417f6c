import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Document, parseAllDocuments } from "yaml";
import { problemLine } from "../../shared/files/problem.ts";
import { readDirectory } from "../../shared/files/read-directory.ts";
import { type DeclaredGroup, parseGroups } from "../../shared/parse-groups.ts";
import { newestTraefik } from "../../shared/traefik-version.ts";

/** The files of groups/, in a copy that may be changed. */
export interface Fleet {
  readonly directory: string;
  readonly groups: readonly DeclaredGroup[];
  /** The group that the story is about. */
  readonly hero: DeclaredGroup;
  /** The host name that its router's rule is for. */
  readonly host: string;
  /** Its file. */
  readonly file: string;
  /** Declares another number of its replicas. */
  scale(replicas: number): void;
}

const original = fileURLToPath(new URL("../../groups", import.meta.url));

/** Copies the files below `home`, for replicas in `project`. */
export async function copyFleet(home: string, project: string): Promise<Fleet> {
  const directory = join(home, "groups");
  cpSync(original, directory, { recursive: true });
  const files = readdirSync(directory).map((name) => join(directory, name));
  if (project !== "default") for (const file of files) edit(file, (document) => document.set("project", project));
  const reading = await readDirectory(directory);
  const loaded = parseGroups(reading, {
    traefik: newestTraefik,
    gate: "complete",
    sources: [{ name: "local", projects: [project] }],
  });
  if (!loaded.ok) throw new Error(loaded.problems.map(problemLine).join("\n"));
  const { groups } = loaded;
  const hero = groups.find(({ name }) => name === "web") ?? groups[0];
  const host = /Host\(`([^`]+)`\)/.exec(hero?.router?.rule ?? "")?.[1];
  if (hero === undefined || host === undefined) throw new Error(`${original} has no group with a router for a host`);
  const isHero = (document: Document) => document.get("name") === hero.name;
  const file = files.find((one) => documentsOf(one).some(isHero)) ?? directory;
  return {
    directory,
    groups,
    hero,
    host,
    file,
    scale: (replicas) => edit(file, (document) => isHero(document) && document.set("replicas", replicas)),
  };
}

/** Changes a file as an editor does: comments stay, and whoever reads it sees the old one or the new one. */
function edit(file: string, change: (document: Document) => unknown): void {
  const documents = documentsOf(file);
  for (const document of documents) change(document);
  const written = `${file}~`;
  writeFileSync(written, documents.map((document) => document.toString({ lineWidth: 0 })).join(""));
  renameSync(written, file);
}

function documentsOf(file: string): Document[] {
  return parseAllDocuments(readFileSync(file, "utf8")) as Document[];
}
