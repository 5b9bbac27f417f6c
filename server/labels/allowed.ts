import { writePath } from "../../files/key-path.ts";
import { hostFilesOf } from "../../traefik/objects/host-files.ts";
import { type Kind, kindOf, type ObjectId, type ObjectValue } from "../../traefik/objects/objects.ts";
import { type Reference, referencesOf, targetOf } from "../../traefik/objects/references.ts";
import { canonicalHost, type Hosts, hostsOf, isWithin } from "../../traefik/rule/hosts.ts";
import { parseRule } from "../../traefik/rule/parse.ts";
import type { RuleKind } from "../../traefik/rule/rule.ts";
import type { Allow } from "./settings.ts";

export interface AllowedOptions {
  readonly allow: Allow;
  readonly traefik: string;
}

/**
 * What an object of labels does that its author may not; undefined if it is allowed. Whoever can set the keys of an instance is not
 * the operator: routers may only answer allowed hosts at allowed entry points. What it names is up to `nameRefusal`.
 */
export function refusalOf(id: ObjectId, value: ObjectValue, options: AllowedOptions): string | undefined {
  const [section = "", part = ""] = kindOf(id).split(".");
  if (section === "tls") return `tls.${part} applies to everything, so labels may not set it`;
  return partRefusal(id, value, section, part, options) ?? hostFileRefusal(id, value);
}

function partRefusal(id: ObjectId, value: ObjectValue, section: string, part: string, options: AllowedOptions) {
  if (part === "routers")
    return section === "udp" ? ownPointsRefusal(value, options.allow) : routerRefusal(id, value, options);
  if (part === "middlewares") return middlewareRefusal(value, options.allow);
  return undefined;
}

/** A router without entry points gets those that the project is allowed, if any. A UDP router has to name its own. */
export function withEntryPoints(kind: Kind, value: ObjectValue, { entryPoints }: Allow): ObjectValue {
  const isRouter = kind === "http.routers" || kind === "tcp.routers";
  return isRouter && entryPoints.length > 0 && listOf(value.entryPoints).length === 0
    ? { ...value, entryPoints }
    : value;
}

/** The hosts that a router's rule can match; any host if the rule can't be read. */
export function routerHosts(kind: RuleKind, rule: unknown, traefik: string): Hosts {
  const read = parseRule(String(rule ?? ""), { kind, traefik });
  return read.ok ? hostsOf(read.rule) : "any";
}

function routerRefusal(id: ObjectId, value: ObjectValue, { allow, traefik }: AllowedOptions): string | undefined {
  const isTcp = kindOf(id) === "tcp.routers";
  if (value.ruleSyntax !== undefined && value.ruleSyntax !== "v3") return "ruleSyntax: labels use v3 rules only";
  if (Array.isArray(value.parentRefs) && value.parentRefs.length > 0) return "parentRefs: is not for labels";
  const hosts = routerHosts(isTcp ? "tcp" : "http", value.rule, traefik);
  if (isTcp && hosts === "any") return ownPointsRefusal(value, allow);
  const hostsAllowed = allow.hosts.join(", ");
  if (hosts === "any" && !allow.hosts.includes("*"))
    return `rule: matches hosts other than those that are allowed here (${hostsAllowed}); join Host(...) with &&`;
  const host = hosts === "any" ? undefined : hosts.find((one) => !isAllowedHost(one, allow));
  if (host !== undefined) return `rule: host ${host} is not allowed here, only ${hostsAllowed}`;
  const known = [...allow.entryPoints, ...allow.ownEntryPoints];
  const point = listOf(value.entryPoints).find((one) => !known.includes(one));
  if (point !== undefined)
    return `entryPoints: ${point} is not allowed here, only ${known.join(", ") || "Traefik's default ones"}`;
  return tlsRefusal(value.tls, allow);
}

function tlsRefusal(tls: unknown, allow: Allow): string | undefined {
  const { certResolver, domains } = (tls ?? {}) as {
    certResolver?: unknown;
    domains?: { main?: string; sans?: string[] }[];
  };
  if (certResolver !== undefined && certResolver !== "" && !allow.certResolvers.includes(String(certResolver)))
    return `tls.certResolver: ${certResolver} is not allowed here`;
  const names = (domains ?? []).flatMap(({ main, sans = [] }, index) => [
    ...(main === undefined ? [] : [[`[${index}].main`, main] as const]),
    ...sans.map((host, other) => [`[${index}].sans[${other}]`, host] as const),
  ]);
  const foreign = names.find(([, host]) => !isAllowedHost(canonicalHost(host), allow));
  return foreign && `tls.domains${foreign[0]}: host ${foreign[1]} is not allowed here`;
}

function isAllowedHost(host: string, { hosts }: Allow): boolean {
  return hosts.some((one) => one === "*" || isWithin(host, one));
}

/** UDP has no hosts, and TCP without TLS sends none: a router at such an entry point gets all its traffic. */
function ownPointsRefusal({ entryPoints }: ObjectValue, { ownEntryPoints }: Allow): string | undefined {
  const points = listOf(entryPoints);
  const foreign = points.find((one) => !ownEntryPoints.includes(one));
  if (points.length > 0 && foreign === undefined) return undefined;
  const which = foreign === undefined ? "names none, which means all of them" : `${foreign} is not the project's own`;
  return `entryPoints: ${which}; a router for every host has ${ownEntryPoints.join(", ") || "none"} here`;
}

/** Labels may name what labels of the same project declare, which `own` tells, and other objects that are allowed. */
export function nameRefusal(
  id: ObjectId,
  value: ObjectValue,
  allow: Allow,
  own: (id: ObjectId) => boolean,
): string | undefined {
  for (const one of referencesOf(id, value)) {
    const isOwn = own(targetOf(one)) && !one.name.includes("@");
    if (!isOwn && !mayName(allow, one))
      return `${one.path}: ${one.name} is neither declared by labels here nor allowed`;
  }
  return undefined;
}

/** Whether labels may name an object that they don't declare. */
export function mayName(allow: Allow, { kind, name }: Reference): boolean {
  if (kind === "tls.options" && name === "default") return true;
  const others: Readonly<Record<string, readonly string[]>> = {
    middlewares: allow.middlewares,
    serversTransports: allow.serversTransports,
    options: allow.tlsOptions,
  };
  return others[kind.slice(kind.indexOf(".") + 1)]?.includes(name) === true;
}

function middlewareRefusal(value: ObjectValue, allow: Allow): string | undefined {
  if (value.plugin !== undefined) return "plugin: is not for labels";
  const { redis } = (value.rateLimit ?? {}) as { redis?: unknown };
  if (redis !== undefined) return "rateLimit.redis: is not for labels";
  const { address } = (value.forwardAuth ?? {}) as { address?: string };
  return targetRefusal("forwardAuth.address", address, allow);
}

/** Whether an instance may have a server by URL. Every host but the instance itself has to be allowed. */
export function serverRefusal({ loadBalancer }: ObjectValue, allow: Allow): string | undefined {
  const { servers = [] } = (loadBalancer ?? {}) as { servers?: { url?: string }[] };
  return targetRefusal("loadBalancer.server.url", servers[0]?.url, allow);
}

function targetRefusal(path: string, url: string | undefined, { targets }: Allow): string | undefined {
  if (url === undefined) return undefined;
  const host = URL.canParse(url) ? new URL(url) : undefined;
  if (host && [host.host, host.hostname].some((one) => targets.includes(one))) return undefined;
  return `${path}: ${host?.host ?? "what is not a URL"} is neither the instance nor allowed`;
}

/** A file on Traefik's host may hold other people's secrets. */
function hostFileRefusal(id: ObjectId, value: ObjectValue): string | undefined {
  const [path] = hostFilesOf(kindOf(id), value);
  return path && `${writePath(path)}: labels can't name a file on Traefik's host; write the content`;
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
