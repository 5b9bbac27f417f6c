import type { Logger } from "pino";
import type { ObjectReader } from "../../traefik/read-object.ts";
import { createDirectorySource } from "../sources/directory-source.ts";
import type { Source } from "../sources/source.ts";
import { parseRoutes, type Routes } from "./parse-routes.ts";
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
export function createRoutesSource({ directory, kept, read, resync, log }: RoutesSourceOptions): Source<Routes> {
  return createDirectorySource<Routes>({
    name: "routes",
    directory,
    listing: routeListing,
    first: kept,
    resync,
    log,
    judge(reading, before) {
      const routes = parseRoutes(reading, read, before);
      for (const line of routes.problems) log.error({ directory }, line);
      for (const line of routes.warnings ?? []) log.warn({ directory }, line);
      const objects = [...routes.files.values()].reduce((sum, { length }) => sum + length, 0);
      log.info({ files: routes.files.size, objects, refused: routes.problems.length }, "routes read");
      return routes;
    },
  });
}
