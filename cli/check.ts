import { createColors } from "picocolors";
import { formatPlace, formatProblems, plural } from "../files/format-problems.ts";
import { labelledLine, type Problem } from "../files/problem.ts";
import type { Config } from "../server/config.ts";
import { isLoopback } from "../server/http/hosts.ts";
import { openTo } from "../server/http/listener-settings.ts";
import { createWiring, type Wiring } from "../server/wiring.ts";
import { type DeclaredGroup, type GroupContext, type Loaded, parseGroups } from "../shared/parse-groups.ts";
import { replicaNames } from "../shared/replica-names.ts";
import { type CheckInput, readForCheck } from "./check-input.ts";
import { checkRoutes, documentsOf } from "./check-routes.ts";
import { exitCodes } from "./exit-codes.ts";
import { groupContext } from "./group-context.ts";

export interface CheckOptions {
  readonly input: CheckInput;
  readonly context: GroupContext;
  readonly wiring: Wiring;
  readonly colour: boolean;
  readonly write: (text: string) => void;
}

export interface CheckConfiguredOptions extends Pick<CheckOptions, "colour" | "write"> {
  readonly config: Config;
  /** The file or directory to check, instead of everything that the configuration names. */
  readonly path: string | undefined;
}

export async function checkConfigured({ config, path, ...output }: CheckConfiguredOptions): Promise<number> {
  const input = await readForCheck(config, path);
  if (path === undefined) {
    for (const { says, warning } of [openTo("provider", config.provider), openTo("admin", config.admin)].flatMap(
      (one) => one ?? [],
    ))
      output.write(warning === undefined ? `${says}\n` : `warning: ${warning}\n`);
    for (const line of saidOfOthers(config)) output.write(`${line}\n`);
  }
  return check({ input, context: groupContext(config), wiring: createWiring(config), ...output });
}

/** With which rollcalls marks are shared, and what is dangerous about how others are reached. */
function saidOfOthers({ peers, follow }: Config): string[] {
  const urls = peers.map(({ url }) => url);
  const upstreams = follow.flatMap((one) => ("url" in one ? [one.url] : []));
  return [
    ...(urls.length > 0 ? [`drains, accepts and memory are shared with ${urls.join(", ")}`] : []),
    ...urls.filter(isPlain).map((url) => `warning: peers: ${url} ${plainWords}`),
    ...upstreams.filter(isPlain).map((url) => `warning: follow: ${url} ${plainWords}`),
  ];
}

const plainWords = "is plain http: who is in between reads the token, and can answer in its place";

function isPlain(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !isLoopback(hostname.replace(/[[\]]/g, ""));
}

/**
 * Writes every problem of the group files and the route files, or what they declare. Returns the exit code: 0, or 1 with a problem.
 */
export function check({ input, context, wiring, colour, write }: CheckOptions): number {
  const { groups: reading, isMeant } = input;
  function failed(problems: readonly Problem[]): number {
    write(formatProblems(problems, createColors(colour)));
    return exitCodes.error;
  }
  const mayBeNone = wiring.declaring.length > 0 || !isMeant(reading.directory);
  const loaded: Loaded = mayBeNone && reading.absent ? { ok: true, groups: [] } : parseGroups(reading, context);
  if (!loaded.ok) {
    const own = loaded.problems.filter(({ file }) => isMeant(file));
    return failed(own.length > 0 ? own : loaded.problems);
  }
  const { groups } = loaded;
  if (groups.length === 0 && !mayBeNone)
    return failed([
      { file: reading.directory, path: "", message: "declares no group; put a file there, such as web.yaml" },
    ]);
  const documents = documentsOf(reading);
  const meant = groups.filter(({ name }) => isMeant(documents.get(name)?.at([], "value").file ?? ""));
  const strict = groups.length > 1 ? meant.filter(({ gate }) => gate === "strict") : [];
  for (const { name } of strict)
    write(`warning: ${name}: while one replica of a strict group is away, the changes of every group wait\n`);
  for (const line of meant.flatMap(groupWarnings)) write(`warning: ${line}\n`);
  const { warnings, errors, objects } = checkRoutes(wiring, groups, input);
  for (const one of [...reading.remarks, ...input.routes.remarks])
    if (isMeant(one.file) && one.file !== input.routes.directory) write(`${labelledLine(one, "warning")}\n`);
  for (const line of warnings) write(`warning: ${line}\n`);
  for (const { line, place } of errors) write(`${line}\n${place ? formatPlace(place, createColors(colour)) : ""}`);
  if (errors.length > 0) {
    write(`FAILED: ${plural(errors.length, "error")}\n`);
    return exitCodes.error;
  }
  const replicas = meant.reduce((sum, group) => sum + group.replicas, 0);
  const files = [...reading.files.keys()].filter(isMeant).length;
  const ofGroups = `${plural(meant.length, "group")}, ${plural(replicas, "replica")} in ${plural(files, "file")}`;
  const ofRoutes = `${plural(objects, "object")} of route files`;
  const isAboutRoutes = files === 0 && [...input.routes.files.keys()].some(isMeant);
  write(
    `OK: ${[...(isAboutRoutes ? [] : [ofGroups]), ...(objects > 0 || isAboutRoutes ? [ofRoutes] : [])].join("; ")}\n`,
  );
  return exitCodes.ok;
}

/** What is valid, but probably a mistake. */
function groupWarnings({ name, gate, replicas, selector, service, router, rollout }: DeclaredGroup): string[] {
  const { partition = 0, image } = rollout ?? {};
  const names = new Set(selector ? undefined : replicaNames({ name, replicas }));
  const idle = selector ? [] : Object.keys(service.weights ?? {}).filter((one) => !names.has(one));
  const takesAll = service.protocol === "tcp" && router && !("tls" in router) && !router.entryPoints?.length;
  const { ready } = service;
  const falls = typeof ready === "object" && ready.fall !== "off";
  return [
    ...(falls && gate === "strict"
      ? [
          `${name}: service.ready.fall takes nobody out under gate: strict: the answer is 423 then, and Traefik keeps all`,
        ]
      : []),
    ...idle.map((one) => `${name}: service.weights names ${one}, and there are ${plural(replicas, "replica")}`),
    ...(takesAll
      ? [`${name}: router: without entryPoints it is on all of them, and takes precedence over their HTTP routers`]
      : []),
    ...(image !== undefined && partition >= replicas && replicas > 0
      ? [`${name}: rollout.partition is ${partition}, so none of the ${plural(replicas, "replica")} gets rollout.image`]
      : []),
  ];
}
