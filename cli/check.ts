import { createColors } from "picocolors";
import { formatProblems, plural } from "../files/format-problems.ts";
import { readDirectory } from "../files/read-directory.ts";
import type { Config } from "../server/config.ts";
import { createWiring } from "../server/wiring.ts";
import { type DeclaredGroup, type GroupContext, parseGroups } from "../shared/parse-groups.ts";
import { replicaNames } from "../shared/replica-names.ts";
import { checkRoutes, type RoutesToCheck } from "./check-routes.ts";
import { exitCodes } from "./exit-codes.ts";
import { groupContext } from "./group-context.ts";

export interface CheckOptions {
  readonly directory: string;
  readonly context: GroupContext;
  /** The route files that go with the groups. Without it they are not checked. */
  readonly routes?: RoutesToCheck | undefined;
  readonly colour: boolean;
  readonly write: (text: string) => void;
}

export interface CheckConfiguredOptions extends Pick<CheckOptions, "colour" | "write"> {
  readonly config: Config;
  /** A directory of group files to check alone, instead of everything that the configuration names. */
  readonly directory: string | undefined;
}

export function checkConfigured({ config, directory, ...output }: CheckConfiguredOptions): Promise<number> {
  const context = groupContext(config);
  if (directory !== undefined) return check({ directory, context, ...output });
  const routes = { directory: config.routes, wiring: createWiring(config) };
  return check({ directory: config.groups, context, routes, ...output });
}

/**
 * Reads the group files and the route files once and writes every problem, or what they declare. Returns the exit code: 0, or 1 with
 * a problem.
 */
export async function check({ directory, context, routes, colour, write }: CheckOptions): Promise<number> {
  const reading = await readDirectory(directory);
  const mayBeNone = routes !== undefined && routes.wiring.declaring.length > 0;
  const loaded = mayBeNone && reading.absent ? ({ ok: true, groups: [] } as const) : parseGroups(reading, context);
  if (!loaded.ok) {
    write(formatProblems(loaded.problems, createColors(colour)));
    return exitCodes.error;
  }
  const { groups } = loaded;
  if (groups.length === 0 && !mayBeNone) {
    const message = "declares no group; put a file there, such as web.yaml";
    write(formatProblems([{ file: directory, path: "", message }], createColors(colour)));
    return exitCodes.error;
  }
  const strict = groups.filter(({ gate }) => gate === "strict");
  if (groups.length > 1)
    for (const { name } of strict)
      write(`warning: ${name}: while one replica of a strict group is away, the changes of every group wait\n`);
  for (const line of groups.flatMap(groupWarnings)) write(`warning: ${line}\n`);
  const routed = routes && (await checkRoutes(routes, groups));
  for (const line of routed?.warnings ?? []) write(`warning: ${line}\n`);
  for (const line of routed?.errors ?? []) write(`${line}\n`);
  if (routed && routed.errors.length > 0) {
    write(`FAILED: ${plural(routed.errors.length, "error")} in the route files\n`);
    return exitCodes.error;
  }
  const replicas = groups.reduce((sum, group) => sum + group.replicas, 0);
  const files = plural(reading.files.size, "file");
  const more = routed && routed.objects > 0 ? `; ${plural(routed.objects, "object")} of route files` : "";
  write(`OK: ${plural(groups.length, "group")}, ${plural(replicas, "replica")} in ${files}${more}\n`);
  return exitCodes.ok;
}

/** What is valid, but probably a mistake. */
function groupWarnings({ name, replicas, selector, service, router }: DeclaredGroup): string[] {
  const names = new Set(selector ? undefined : replicaNames({ name, replicas }));
  const idle = selector ? [] : Object.keys(service.weights ?? {}).filter((one) => !names.has(one));
  const takesAll = service.protocol === "tcp" && router && !("tls" in router) && !router.entryPoints?.length;
  return [
    ...idle.map((one) => `${name}: service.weights names ${one}, and there are ${plural(replicas, "replica")}`),
    ...(takesAll
      ? [`${name}: router: without entryPoints it is on all of them, and takes precedence over their HTTP routers`]
      : []),
  ];
}
