import type { Logger } from "pino";
import type { Config } from "./config.ts";
import type { Declared } from "./roll-call/declared.ts";
import type { Routes } from "./routes/parse-routes.ts";
import { createRoutesSource } from "./routes/routes-source.ts";
import type { DirectorySource } from "./sources/directory-source.ts";
import { createGroupsSource } from "./sources/groups-source.ts";
import type { Kept } from "./state/format.ts";
import { under } from "./state/kept-routes.ts";
import type { Wiring } from "./wiring.ts";

/** The group files and the route files as sources. */
export interface FileSources {
  /** What an earlier run kept of them: it holds until they have been read. */
  readonly first: { readonly declared: Declared; readonly routes: Routes };
  readonly groups: DirectorySource<Declared>;
  readonly routes: DirectorySource<Routes>;
}

export function createFileSources(config: Config, wiring: Wiring, kept: Kept, log: Logger): FileSources {
  const common = { resync: config.resync, log };
  const routes = { files: under(config.routes, kept.routes), problems: [] };
  return {
    first: { declared: { directory: config.groups, groups: kept.groups, problem: undefined }, routes },
    groups: createGroupsSource({
      directory: config.groups,
      context: { traefik: config.traefik.version, gate: config.gate, sources: config.sources },
      kept: kept.groups,
      optional: wiring.declaring.length > 0,
      ...common,
    }),
    routes: createRoutesSource({ directory: config.routes, kept: routes, read: wiring.readObject, ...common }),
  };
}
