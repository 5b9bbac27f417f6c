import { harmless } from "../files/harmless.ts";
import { readDirectory } from "../files/read-directory.ts";
import { type Remark, type Resolution, remarkLine } from "../server/document/choose.ts";
import { noLabels, routing } from "../server/document/compose.ts";
import { type LabelledProject, mayDeclare } from "../server/labels/label-sources.ts";
import { rosterOf } from "../server/roll-call/roster.ts";
import { noRoutes, parseRoutes, type Routes } from "../server/routes/parse-routes.ts";
import { routeListing } from "../server/routes/route-files.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";
import type { ObjectId } from "../traefik/objects/objects.ts";
import { described, referencesOf, targetOf } from "../traefik/objects/references.ts";
import { createObjectReader } from "../traefik/read-object.ts";

export interface RoutesToCheck {
  readonly directory: string;
  /** Other providers' objects that may be named. */
  readonly uses: readonly string[];
  /** The projects whose instances may declare what no file does. */
  readonly places: readonly LabelledProject[];
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
  { directory, uses, places }: RoutesToCheck,
  groups: readonly DeclaredGroup[],
  traefik: string,
): Promise<{ readonly routes: Routes; readonly resolution: Resolution }> {
  const routes = parseRoutes(await readDirectory(directory, routeListing), createObjectReader(traefik), noRoutes);
  const plans = groups.map((group) => ({
    group,
    inEffect: rosterOf(group),
    pending: undefined,
    present: 1,
    // Whoever that is: with nobody there, a failover would be served otherwise.
    replicas: [{ replica: group.name, state: "member", address: "192.0.2.1" } as const],
  }));
  const plan = { state: "ready", waiting: [], groups: plans, labelled: [], stale: [] } as const;
  const allowed = (name: string) => uses.includes(name);
  const elsewhere = (id: ObjectId) => mayDeclare(places, id);
  const resolution = routing(plan, { routes, labelled: noLabels, previous: new Map(), allowed, elsewhere, traefik });
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
    warnings: [...lines(true), ...declaredElsewhere(resolution)],
  };
}

/** What files name and only instances may declare. */
function declaredElsewhere({ objects }: Resolution): string[] {
  return [...objects].flatMap(([id, value]) =>
    referencesOf(id, value)
      .filter((one) => one.kind !== "tls.options" && !one.name.includes("@") && !objects.has(targetOf(one)))
      .map((one) =>
        harmless(
          `${described(id)}: ${one.path}: no file declares ${described(targetOf(one))}; an instance may, by labels`,
        ),
      ),
  );
}
