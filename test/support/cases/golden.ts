import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";

/** The folder of the golden document: route files, and the groups that they name. */
export const goldenFolder = resolve(import.meta.dirname, "../../golden/everything");

/** A file of the golden document, as it stands there: `${name}` is filled in by whoever serves it. */
export interface GoldenFile {
  /** `paths.yaml` */
  readonly name: string;
  readonly text: string;
}

const filesOf = (folder: string): GoldenFile[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

export const goldenRoutes = (): GoldenFile[] => filesOf(goldenFolder);
export const goldenGroups = (): GoldenFile[] => filesOf(join(goldenFolder, "groups"));

/** What the route files say together, by section, kind and name: of two files that say one thing the later one counts. */
export function goldenDocument(): object {
  return goldenRoutes().reduce((all, { text }) => merged(all, parse(text)), {});
}

function merged(one: object, other: object): object {
  const all: Record<string, unknown> = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const known = all[key];
    all[key] = isMap(known) && isMap(value) ? merged(known, value) : value;
  }
  return all;
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Fills in a file. Values stand within double quotes there, so a certificate of several lines is one text. A name without a value is
 * an error; `${1}` is Traefik's own.
 */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{([a-z][\w.]*)\}/gi, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the golden document asks for ${name}, which nobody fills in`);
    return JSON.stringify(value).slice(1, -1);
  });
}
