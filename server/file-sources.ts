import type { Logger } from "pino";
import { type Config, resyncOf } from "./config.ts";
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
  /** Reads them again; the log says if nothing has changed. `now` is what holds of them. */
  reload(now: () => FileSources["first"], signal: AbortSignal): Promise<void>;
}

export function createFileSources(config: Config, wiring: Wiring, state: Kept, log: Logger): FileSources {
  const common = { resync: resyncOf(config), log };
  const kept = { files: under(config.routes, state.routes), problems: [] };
  const groups = createGroupsSource({
    directory: config.groups,
    context: { traefik: config.traefik.version, gate: config.gate, sources: config.sources },
    kept: state.groups,
    optional: wiring.declaring.length > 0,
    ...common,
  });
  const routes = createRoutesSource({ directory: config.routes, kept, read: wiring.readObject, ...common });
  return {
    first: { declared: { directory: config.groups, groups: state.groups, problem: undefined }, routes: kept },
    groups,
    routes,
    async reload(now, signal) {
      const changed = await Promise.all([groups.readAgain(), routes.readAgain()]);
      const { declared, routes: read } = now();
      const refused = declared.problem !== undefined || read.problems.length > 0;
      if (!signal.aborted && !changed.includes(true)) log.info({ refused }, "read again: no change");
    },
  };
}
