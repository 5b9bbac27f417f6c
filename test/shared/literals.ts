import { problemLine } from "../../files/problem.ts";
import { nothingRead, type Reading } from "../../files/read-directory.ts";
import { type GroupContext, type Loaded, parseGroups } from "../../shared/parse-groups.ts";

export const oneSource: GroupContext = {
  traefik: "3.7",
  gate: "complete",
  sources: [{ name: "local", projects: ["default", "staging"] }],
};

export const twoSources: GroupContext = {
  traefik: "3.7",
  gate: "complete",
  sources: [...oneSource.sources, { name: "remote", projects: ["default"] }],
};

/** A reading of files that are given as text or bytes. */
export function reading(files: Readonly<Record<string, string | Uint8Array>>): Reading {
  const bytes = Object.entries(files).map(([file, content]) => [file, Buffer.from(content)] as const);
  return { ...nothingRead, directory: "groups", files: new Map(bytes) };
}

/** What is wrong with one file, a line each. */
export function problemsOf(content: string | Uint8Array, context = oneSource): string[] {
  return lines(parseGroups(reading({ "web.yaml": content }), context));
}

export function lines(loaded: Loaded): string[] {
  return loaded.ok ? [] : loaded.problems.map(problemLine);
}
