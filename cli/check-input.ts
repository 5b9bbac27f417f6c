import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { nothingRead, type Reading, readDirectory } from "../files/read-directory.ts";
import { errorWords } from "../files/system-error.ts";
import { parseDocuments } from "../files/yaml-document.ts";
import type { Config } from "../server/config.ts";
import { routeListing } from "../server/routes/route-files.ts";
import { groupListing } from "../shared/instance-contents.ts";
import { folded } from "../traefik/model/shape.ts";
import { kinds } from "../traefik/objects/objects.ts";

/** What a check reads, and what it is about. */
export interface CheckInput {
  readonly groups: Reading;
  readonly routes: Reading;
  /** Whether the check is about a file or directory; the others are read because it depends on them. */
  readonly isMeant: (file: string) => boolean;
}

/**
 * Reads the group files and the route files of the configuration. If a path is given, the check is about that alone: a file or a
 * directory of them, or one from elsewhere, which is taken as if it were there instead of the one of its name.
 */
export async function readForCheck(
  { groups, routes }: Pick<Config, "groups" | "routes">,
  path?: string,
): Promise<CheckInput> {
  const at = resolve(path ?? ".");
  const isMeant = (file: string) => within(resolve(file), at);
  const both = async () => ({
    groups: await readDirectory(groups, groupListing),
    routes: await readDirectory(routes, routeListing),
    isMeant,
  });
  if (path === undefined || within(groups, at) || within(routes, at))
    return { ...(await both()), ...(path === undefined && { isMeant: () => true }) };
  const isDirectory = await stat(path).then(
    (found) => found.isDirectory(),
    (error: NodeJS.ErrnoException) =>
      error.code === "ENOENT" ? "there is no such file or directory" : errorWords(error),
  );
  if (typeof isDirectory === "string") {
    const problems = [{ file: path, path: "", message: isDirectory }];
    return {
      ...(await both()),
      groups: { ...nothingRead, directory: path, problems },
      isMeant,
    };
  }
  const asked = await (isDirectory
    ? readDirectory(path, groupListing)
    : readDirectory(dirname(path), { ...groupListing, reads: (name) => name === basename(path) }));
  const input = await both();
  if (isDirectory) {
    if (within(at, routes)) return input;
    if (!declaresRoutes(asked)) return { ...input, groups: asked };
    return { ...input, routes: await readDirectory(path, routeListing) };
  }
  if (within(at, groups) || within(at, routes)) return input;
  return declaresRoutes(asked)
    ? { ...input, routes: withFile(input.routes, asked) }
    : { ...input, groups: withFile(input.groups, asked) };
}

function within(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === sep ? sep : `${directory}${sep}`);
}

/** A reading in which the files of another one replace those of their names. */
function withFile(reading: Reading, { files, attached, problems }: Reading): Reading {
  const names = new Set([...files.keys()].map((file) => join(reading.directory, basename(file))));
  const others = [...reading.files].filter(([file]) => !names.has(file));
  const before = reading.absent ? [] : reading.problems;
  return {
    ...reading,
    absent: false,
    attached: new Map([...reading.attached, ...attached]),
    files: new Map([...others, ...files]),
    problems: [...before, ...problems],
  };
}

const sections = new Set(kinds.map((kind) => kind.split(".")[0]));

/** Whether the files are route files: each has a section of Traefik's configuration. */
function declaresRoutes({ files }: Reading): boolean {
  const hasSection = ([file, bytes]: readonly [string, Uint8Array]) =>
    parseDocuments(file, bytes).documents.some(({ value }) =>
      Object.keys(value ?? {}).some((key) => sections.has(folded(key))),
    );
  return files.size > 0 && [...files].every(hasSection);
}
