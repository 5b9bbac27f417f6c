import { isDeepStrictEqual } from "node:util";
import { harmless } from "../files/harmless.ts";
import { ProblemsError } from "../files/problems-error.ts";
import { readDirectory } from "../files/read-directory.ts";
import type { Config } from "../server/config.ts";
import { withServersOf } from "../server/document/compose.ts";
import { forTraefik } from "../server/document/for-traefik.ts";
import { createWiring } from "../server/wiring.ts";
import { parseGroups } from "../shared/parse-groups.ts";
import { objectsOf } from "../traefik/objects/document.ts";
import { described } from "../traefik/objects/references.ts";
import { askDocument, askStatus } from "./ask-server.ts";
import { routeFiles } from "./check-routes.ts";
import { groupContext } from "./group-context.ts";

/**
 * What the files would change in the document that is served: a line for each object, without values, which may be secrets. Servers come
 * from the roll call and are not compared; objects of labels are in no file. Throws ProblemsError if the group files have a problem.
 */
export async function diff(config: Config): Promise<string> {
  const loaded = parseGroups(await readDirectory(config.groups), groupContext(config));
  if (!loaded.ok) throw new ProblemsError(loaded.problems);
  const routes = { directory: config.routes, wiring: createWiring(config) };
  const { objects } = (await routeFiles(routes, loaded.groups)).composed;
  const ofLabels = new Set((await askStatus(config)).labelled.flatMap(({ objects }) => objects));
  const served = new Map([...objectsOf(await askDocument(config))].filter(([id]) => !ofLabels.has(id)));
  // With the current servers, a failover or a UDP router is given to Traefik as it is now; that is not a change of a file.
  const withServers = [...objects].map(([id, value]) => [id, withServersOf(value, served.get(id))] as const);
  const given = forTraefik(new Map(withServers), served, config.traefik.version);
  const lines = [...new Set([...objects.keys(), ...served.keys()])].sort().flatMap((id) => {
    const now = served.get(id);
    if (!now) return [`+ ${described(id)}`];
    if (isDeepStrictEqual(now, given.get(id))) return [];
    return [`${objects.has(id) ? "~" : "-"} ${described(id)}`];
  });
  return lines.length > 0
    ? lines.map((line) => `${harmless(line)}\n`).join("")
    : "no changes: the files match what is served\n";
}
