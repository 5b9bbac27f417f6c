import { harmless } from "../files/harmless.ts";
import type { RouteRow } from "../server/document/router-rows.ts";
import type { GroupRow, Status } from "../server/http/status.ts";
import { weightKey } from "../shared/tags.ts";
import { matches } from "../traefik/rule/matches.ts";
import { parseRule } from "../traefik/rule/parse.ts";
import { priorityOf } from "../traefik/rule/priority.ts";

/** Says which router answers a URL and why, or what happens to a router, a group or an instance. Undefined if nothing has that name. */
export function explain(status: Status, asked: string, traefik: string): string | undefined {
  if (/^https?:\/\//.test(asked)) return lines(explainUrl(status, new URL(asked), traefik));
  const about = [...aboutRouters(status, asked), ...aboutReplicas(status, asked), ...aboutInstances(status, asked)];
  return about.length > 0 ? lines(about) : undefined;
}

function explainUrl({ routes }: Status, url: URL, traefik: string): string[] {
  const query: Record<string, string[]> = {};
  for (const [key, value] of url.searchParams) query[key] = [...(query[key] ?? []), value];
  const visit = { host: url.hostname, path: decodeURI(url.pathname), method: "GET", query, headers: {} };
  const secure = url.protocol === "https:";
  const judged = routes.routers
    .filter(({ section, tls }) => section === "http" && tls === secure)
    .flatMap((router) => {
      const read = parseRule(router.rule ?? "", { kind: "http", traefik });
      return read.ok && matches(read.rule, visit, traefik) ? [{ router, priority: priorityIn(router) }] : [];
    })
    .sort((a, b) => b.priority - a.priority || (a.router.router < b.router.router ? -1 : 1));
  const [first, ...others] = judged;
  if (!first) return [`no router answers ${url.href}: 404`, ...nearMisses(routes.routers, secure)];
  return [
    `${described(first.router)} answers ${url.href}`,
    `  rule ${first.router.rule}, priority ${first.priority}${first.router.priority ? "" : " (the length of its rule)"}`,
    `  service ${first.router.service ?? "-"}: ${first.router.servers ?? "?"} servers${first.router.servers === 0 ? ", so 503" : ""}`,
    ...others.map(({ router, priority }) => {
      const why = priority === first.priority ? "the same: Traefik's choice would be random" : "lower";
      return `  not ${described(router)}: its priority ${priority} is ${why}`;
    }),
  ];
}

function nearMisses(routers: readonly RouteRow[], secure: boolean): string[] {
  const count = routers.filter(({ section, tls }) => section === "http" && tls !== secure).length;
  if (count === 0) return [];
  return [`  ${count} routers ${secure ? "without TLS answer http only" : "with TLS answer https only"}`];
}

function aboutRouters({ routes }: Status, name: string): string[] {
  const served = routes.routers
    .filter(({ router }) => router === name)
    .flatMap((router) => [
      `${described(router)}: ${router.state}`,
      `  ${router.section === "udp" ? "" : `rule ${router.rule ?? "-"}, priority ${priorityIn(router)}, `}entry points ${router.entryPoints.join(", ") || "default"}${router.tls ? ", TLS" : ""}`,
      `  service ${router.service ?? "-"}: ${router.servers ?? "?"} servers, of ${router.leadsTo.join(", ") || "no service"}`,
    ]);
  const remarks = routes.remarks
    .filter((one) => one.name === name)
    .map(({ kind, state, origin, reason }) => `${kind} ${name} at ${origin}: ${state}, ${reason}`);
  return [...served, ...remarks];
}

function aboutReplicas({ groups, routes }: Status, name: string): string[] {
  return groups.flatMap((group) =>
    group.replicas
      .filter(({ replica }) => replica === name)
      .flatMap(({ state, address, weight, weightFrom, reason, detail, remark }) => {
        const why = [reason, detail, remark].filter((part) => part).join(": ");
        const leading = routes.routers.filter((one) => leadsTo(one, group));
        const sayer = weightFrom === "file" ? "its group's file" : weightKey;
        return [
          `${name} of group ${group.name}: ${state}${address === null ? "" : ` at ${address}`}${why === "" ? "" : ` (${why})`}`,
          ...(typeof weight === "number" ? [`  weight ${weight}, by ${sayer}`] : []),
          `  routers that lead to ${group.name}: ${leading.map(described).join(", ") || "none"}`,
        ];
      }),
  );
}

function aboutInstances({ labelled }: Status, name: string): string[] {
  return labelled
    .filter(({ instance }) => instance === name)
    .flatMap(({ source, project, state, address, reason, detail, problems }) => {
      const why = [reason, detail].filter((part) => part !== null).join(": ");
      return [
        `${name} of ${source}/${project}, by its labels: ${state}${address === null ? "" : ` at ${address}`}${why === "" ? "" : ` (${why})`}`,
        ...problems.map((problem) => `  ${problem}`),
      ];
    });
}

/** Another section may have a service of the same name. */
function leadsTo({ section, leadsTo }: RouteRow, { name, inEffect }: GroupRow): boolean {
  return leadsTo.includes(name) && section === (inEffect?.protocol ?? section);
}

/** The priority in Traefik: the one that is written, else the length of the rule. */
function priorityIn({ priority, rule, section }: RouteRow): number {
  return priority || priorityOf(rule ?? "", section === "tcp" ? "tcp" : "http");
}

function described({ section, router }: RouteRow): string {
  return `${section === "http" ? "" : `${section} `}router ${router}`;
}

function lines(all: readonly string[]): string {
  return `${all.map(harmless).join("\n")}\n`;
}
