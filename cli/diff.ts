import { isDeepStrictEqual } from "node:util";
import { harmless } from "../files/harmless.ts";
import { ProblemsError } from "../files/problems-error.ts";
import { readDirectory } from "../files/read-directory.ts";
import type { Config } from "../server/config.ts";
import { remarkLine } from "../server/document/choose.ts";
import { withServersOf } from "../server/document/compose.ts";
import { forTraefik } from "../server/document/for-traefik.ts";
import type { Status } from "../server/http/status.ts";
import { routeListing } from "../server/routes/route-files.ts";
import { createWiring } from "../server/wiring.ts";
import { groupListing } from "../shared/instance-contents.ts";
import { type DeclaredGroup, parseGroups } from "../shared/parse-groups.ts";
import { objectsOf } from "../traefik/objects/document.ts";
import { described } from "../traefik/objects/references.ts";
import { askDocument, askStatus } from "./ask-server.ts";
import { composeFiles, isWarning } from "./check-routes.ts";
import { groupContext } from "./group-context.ts";

export interface Difference {
  /** A line for each object and each group that differs; empty if the files match what is served. */
  readonly lines: readonly string[];
  /** What is wrong in the route files: it would not be served, and is not compared. */
  readonly problems: readonly string[];
}

/**
 * What the files would change in what is served: a line for each object, without values, which may be secrets, and one for each group
 * whose replicas differ or whose change is pending. Servers come from the roll call and are not compared; objects of labels are in no
 * file. Throws ProblemsError if the group files have a problem.
 */
export async function diff(config: Config): Promise<Difference> {
  const loaded = parseGroups(await readDirectory(config.groups, groupListing), groupContext(config));
  if (!loaded.ok) throw new ProblemsError(loaded.problems);
  const reading = await readDirectory(config.routes, routeListing);
  const { routes, composed } = composeFiles(createWiring(config), loaded.groups, reading);
  const { objects } = composed;
  const status = await askStatus(config);
  const ofLabels = new Set(status.labelled.flatMap(({ objects }) => objects));
  const served = new Map([...objectsOf((await askDocument(config)).document)].filter(([id]) => !ofLabels.has(id)));
  // With the current servers, a failover or a UDP router is given to Traefik as it is now; that is not a change of a file.
  const withServers = [...objects].map(([id, value]) => [id, withServersOf(value, served.get(id))] as const);
  const given = forTraefik(new Map(withServers), served, config.traefik.version);
  const lines = [...new Set([...objects.keys(), ...served.keys()])].sort().flatMap((id) => {
    const now = served.get(id);
    if (!now) return [`+ ${described(id)}`];
    if (isDeepStrictEqual(now, given.get(id))) return [];
    return [`${objects.has(id) ? "~" : "-"} ${described(id)}`];
  });
  const bad = composed.remarks.filter(({ state }) => !isWarning(state)).map(remarkLine);
  return {
    lines: [...lines, ...loaded.groups.flatMap((group) => groupLine(group, status))].map(harmless),
    problems: [...routes.problems, ...bad],
  };
}

function groupLine({ name, replicas }: DeclaredGroup, { groups }: Status): string[] {
  const row = groups.find((one) => one.name === name);
  if (!row) return [];
  const before = row.inEffect?.replicas ?? 0;
  const away = row.replicas.flatMap(({ replica, reason }) => (reason === null ? [] : [`${replica} ${reason}`]));
  const parts = [
    ...(before === replicas ? [] : [`${before} -> ${replicas} replicas`]),
    ...(row.pending ? [`pending${away.length > 0 ? `: ${away.join(", ")}` : ""}`] : []),
  ];
  return parts.length > 0 ? [`~ group ${name}: ${parts.join(", ")}`] : [];
}
