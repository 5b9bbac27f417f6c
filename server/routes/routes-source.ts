import type { Logger } from "pino";
import { loses } from "../../files/loses.ts";
import { parseOnce } from "../../files/parse-once.ts";
import type { ObjectReader } from "../../traefik/read-object.ts";
import { createDirectorySource, type DirectorySource } from "../sources/directory-source.ts";
import { candidatesOf, parseRoutes, type Routes, routeFileReader } from "./parse-routes.ts";
import { routeListing } from "./route-files.ts";

export interface RoutesSourceOptions {
  readonly directory: string;
  /** What an earlier run declared last. A file that can't be read keeps it. */
  readonly kept: Routes;
  readonly read: ObjectReader;
  /** The slowest pace of reading, in milliseconds. */
  readonly resync: number;
  readonly log: Logger;
}

/** The route files as a source. A file that can't be read keeps its previous objects; the others are taken. */
export function createRoutesSource({
  directory,
  kept,
  read,
  resync,
  log,
}: RoutesSourceOptions): DirectorySource<Routes> {
  const parse = parseOnce(routeFileReader(read));
  return createDirectorySource<Routes>({
    name: "routes",
    directory,
    listing: routeListing,
    first: kept,
    resync,
    log,
    judge(reading, before, unsettled) {
      const routes = parseRoutes(reading, read, before, parse);
      const { files, warnings } = routes;
      const problems = [...routes.problems, ...unsettled];
      const objects = [...files.values()].reduce((sum, { length }) => sum + length, 0);
      const counts = { files: files.size, objects, refused: problems.length };
      return { state: { ...routes, problems }, problems, warnings, counts };
    },
    removes(before, after) {
      const now = new Map(candidatesOf(after).map((one) => [one.id, one]));
      return candidatesOf(before).some(({ id, value }) => {
        const next = now.get(id);
        // An invalid object keeps its previous form.
        return !next || (next.value !== undefined && loses(value, next.value));
      });
    },
  });
}
