import { harmless } from "../files/harmless.ts";
import { readDirectory } from "../files/read-directory.ts";
import { type Choice, type Remark, remarkLine } from "../server/document/choose.ts";
import { noRoutes, parseRoutes } from "../server/routes/parse-routes.ts";
import { routeListing } from "../server/routes/route-files.ts";
import type { Wiring } from "../server/wiring.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";
import { described, referencesOf, targetOf } from "../traefik/objects/references.ts";

/** Where route files are, and the rules they are served by. */
export interface RoutesToCheck {
  readonly directory: string;
  readonly wiring: Wiring;
}

export interface CheckedRoutes {
  /** How many objects the files declare. */
  readonly objects: number;
  readonly errors: readonly string[];
  /** What is served differently from what is written, and what is noted. */
  readonly warnings: readonly string[];
}

/** Reads the route files, and works out what they and the groups come to without any instance. */
export async function routeFiles({ directory, wiring }: RoutesToCheck, groups: readonly DeclaredGroup[]) {
  const routes = parseRoutes(await readDirectory(directory, routeListing), wiring.readObject, noRoutes);
  return { routes, composed: wiring.ofFiles(groups, routes) };
}

const warnings = new Set<Remark["state"]>(["altered", "noted"]);

/** Checks the route files together with the groups. */
export async function checkRoutes(...options: Parameters<typeof routeFiles>): Promise<CheckedRoutes> {
  const { routes, composed } = await routeFiles(...options);
  const lines = (isWarning: boolean) =>
    composed.remarks.filter(({ state }) => warnings.has(state) === isWarning).map(remarkLine);
  return {
    objects: [...routes.files.values()].reduce((sum, { length }) => sum + length, 0),
    errors: [...routes.problems, ...lines(false)],
    warnings: [...lines(true), ...declaredElsewhere(composed)],
  };
}

/** References in files to objects that only instances may declare. */
function declaredElsewhere({ objects }: Choice): string[] {
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
