import { nearest } from "../files/did-you-mean.ts";
import { plural } from "../files/format-problems.ts";
import type { RouteRow } from "../server/document/router-rows.ts";
import type { Status } from "../server/http/status.ts";
import { covers, hostsOf } from "../traefik/rule/hosts.ts";
import { matches, type Visit } from "../traefik/rule/matches.ts";
import { parseRule } from "../traefik/rule/parse.ts";
import { parts, priorityIn, routerName } from "./explain-name.ts";

/** Which router answers a GET of a URL and why; if none does, those that nearly would. */
export function explainUrl(status: Status, url: URL, traefik: string): string[] {
  const { routes } = status;
  const [first, ...others] = answering(routes.routers, url, traefik);
  if (!first) return [`no router answers ${url.href}: 404`, ...nearMisses(routes.routers, url, traefik)];
  const { rule, priority, service, servers } = first;
  const own = priorityIn(first);
  const count = servers === null ? "? servers" : plural(servers, "server");
  return [
    `${routerName(first)} answers ${url.href}`,
    `  rule ${rule}, priority ${own}${priority ? "" : " (the length of its rule)"}`,
    `  service ${service ?? "-"}: ${count}${servers === 0 ? ", so 503" : ""}`,
    ...parts(status, first),
    ...others.map((router) => {
      const why = priorityIn(router) === own ? "the same: Traefik's choice would be random" : "lower";
      return `  not ${routerName(router)}: its priority ${priorityIn(router)} is ${why}`;
    }),
  ];
}

/** Whether any router answers a URL. */
export function isAnswered({ routes }: Status, url: URL, traefik: string): boolean {
  return answering(routes.routers, url, traefik).length > 0;
}

/** The routers whose rule matches, in the order in which Traefik takes them. */
function answering(routers: readonly RouteRow[], url: URL, traefik: string): RouteRow[] {
  const visit = visitOf(url);
  return routers
    .filter(({ section, tls }) => section === "http" && tls === isSecure(url))
    .filter(({ rule }) => {
      const read = parseRule(rule ?? "", { kind: "http", traefik });
      return read.ok && matches(read.rule, visit, traefik);
    })
    .sort((a, b) => priorityIn(b) - priorityIn(a) || (a.router < b.router ? -1 : 1));
}

function visitOf(url: URL): Visit {
  const query: Record<string, string[]> = {};
  for (const [key, value] of url.searchParams) query[key] = [...(query[key] ?? []), value];
  return { host: url.hostname, path: decoded(url.pathname), method: "GET", query, headers: {} };
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

const isSecure = ({ protocol }: URL) => protocol === "https:";

/** Routers that answer the other scheme, or another path of that host; else the host that is probably meant. */
function nearMisses(routers: readonly RouteRow[], url: URL, traefik: string): string[] {
  const other = new URL(url);
  other.protocol = isSecure(url) ? "http:" : "https:";
  const ofOther = answering(routers, other, traefik).map(
    (router) => `  ${routerName(router)} has ${router.tls ? "" : "no "}TLS: it answers ${other.href}`,
  );
  const judged = routers
    .filter(({ section }) => section === "http")
    .map((router) => {
      const read = parseRule(router.rule ?? "", { kind: "http", traefik });
      const hosts = read.ok ? hostsOf(read.rule) : [];
      return { router, hosts: hosts === "any" ? [] : hosts };
    });
  const ofHost = judged
    .filter(({ router, hosts }) => router.tls === isSecure(url) && hosts.some((host) => covers(host, url.hostname)))
    .map(({ router }) => `  ${routerName(router)} is of that host, but its rule does not match: ${router.rule}`);
  const near =
    ofHost.length > 0
      ? undefined
      : nearest(
          url.hostname,
          judged.flatMap(({ hosts }) => hosts),
        );
  return [
    ...ofOther,
    ...ofHost,
    ...(near === undefined || ofOther.length > 0 ? [] : [`  a host that is near: ${near}`]),
  ];
}
