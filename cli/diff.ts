import { isDeepStrictEqual } from "node:util";
import { harmless } from "../files/harmless.ts";
import { ProblemsError } from "../files/problems-error.ts";
import { readDirectory } from "../files/read-directory.ts";
import type { Config } from "../server/config.ts";
import { labelledProjects } from "../server/labels/label-sources.ts";
import { parseGroups } from "../shared/parse-groups.ts";
import { objectsOf } from "../traefik/check-document.ts";
import type { ObjectValue } from "../traefik/objects/objects.ts";
import { described } from "../traefik/objects/references.ts";
import { askDocument, askStatus } from "./ask-server.ts";
import { routeFiles } from "./check-routes.ts";
import { groupContext } from "./group-context.ts";

/**
 * What the files would change of the document that is served, a line an object and no value: it may be a secret. Servers are the
 * roll call's, and are not compared; what instances declare is in no file. Throws ProblemsError where the group files have a problem.
 */
export async function diff(config: Config): Promise<string> {
  const loaded = parseGroups(await readDirectory(config.groups), groupContext(config));
  if (!loaded.ok) throw new ProblemsError(loaded.problems);
  const routes = { directory: config.routes, uses: config.traefik.uses, places: labelledProjects(config.sources) };
  const { objects } = (await routeFiles(routes, loaded.groups, config.traefik.version)).resolution;
  const served = objectsOf(await askDocument(config));
  const ofLabels = new Set((await askStatus(config)).labelled.flatMap(({ objects }) => objects));
  const ids = [...new Set([...objects.keys(), ...served.keys()])].filter((id) => !ofLabels.has(id)).sort();
  const lines = ids.flatMap((id) => {
    const [now, then] = [served.get(id), objects.get(id)];
    if (!now) return [`+ ${described(id)}`];
    if (!then) return [`- ${described(id)}`];
    return isDeepStrictEqual(withoutServers(now), withoutServers(then)) ? [] : [`~ ${described(id)}`];
  });
  return lines.length > 0 ? lines.map((line) => `${harmless(line)}\n`).join("") : "the files say what is served\n";
}

function withoutServers(value: ObjectValue): unknown {
  const { servers: _, ...loadBalancer } = (value.loadBalancer ?? {}) as ObjectValue;
  return value.loadBalancer === undefined ? value : { ...value, loadBalancer };
}
