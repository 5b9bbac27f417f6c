import { rosterOf } from "../server/roster.ts";
import { noRoutes, parseRoutes, type Routes } from "../server/routes/parse-routes.ts";
import { createObjectReader } from "../server/routes/read-object.ts";
import { type Remark, type Resolution, remarkLine } from "../server/routes/resolve.ts";
import { routeListing } from "../server/routes/route-files.ts";
import { noLabels, routing } from "../server/routes/routing.ts";
import { readDirectory } from "../shared/files/read-directory.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";

export interface RoutesToCheck {
  readonly directory: string;
  /** Other providers' objects that may be named. */
  readonly uses: readonly string[];
}

export interface CheckedRoutes {
  /** How many objects the files declare. */
  readonly objects: number;
  readonly errors: readonly string[];
  /** What is served otherwise than it is written, and what is noted of what is served. */
  readonly warnings: readonly string[];
}

/** Reads the route files beside the groups, as if each group were in effect. */
export async function routeFiles(
  { directory, uses }: RoutesToCheck,
  groups: readonly DeclaredGroup[],
  traefik: string,
): Promise<{ readonly routes: Routes; readonly resolution: Resolution }> {
  const routes = parseRoutes(await readDirectory(directory, routeListing), createObjectReader(traefik), noRoutes);
  const plans = groups.map((group) => ({
    group,
    inEffect: rosterOf(group),
    pending: undefined,
    present: 0,
    replicas: [],
  }));
  const plan = { state: "ready", waiting: [], groups: plans, labelled: [], stale: [] } as const;
  const allowed = (name: string) => uses.includes(name);
  const resolution = routing(plan, { routes, labelled: noLabels, previous: new Map(), allowed, traefik });
  return { routes, resolution };
}

const warnings = new Set<Remark["state"]>(["altered", "noted"]);

/** Judges the route files beside the groups. */
export async function checkRoutes(...options: Parameters<typeof routeFiles>): Promise<CheckedRoutes> {
  const { routes, resolution } = await routeFiles(...options);
  const lines = (isWarning: boolean) =>
    resolution.remarks.filter(({ state }) => warnings.has(state) === isWarning).map(remarkLine);
  return {
    objects: [...routes.files.values()].reduce((sum, { length }) => sum + length, 0),
    errors: [...routes.problems, ...lines(false)],
    warnings: lines(true),
  };
}
