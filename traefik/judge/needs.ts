import type { KeyPath } from "../../files/key-path.ts";
import { type Kind, kindOf, type ObjectId, type ObjectValue, objectId } from "../objects/objects.ts";
import { referencesOf, targetOf } from "../objects/references.ts";
import { part } from "./findings.ts";
import { hasStreamServer } from "./service-finding.ts";

/** An object of the same document without which another one does nothing. */
export interface Need {
  readonly target: ObjectId;
  /** Where it is named: `weighted.services[0]`. */
  readonly path: KeyPath;
}

/**
 * What an object needs of its document. Names with `@` are another provider's, and the parents of a router are `routerTree`'s. The TLS options
 * `default` are there where nobody writes them. A transport is looked at for servers and for the healthCheck alone. (Seen on 3.7.15.)
 */
export function needsOf(id: ObjectId, value: ObjectValue): Need[] {
  const kind = kindOf(id);
  const needs = referencesOf(id, value).flatMap((reference): Need[] => {
    const { name, path, at } = reference;
    if (name === "" || name.includes("@") || path.startsWith("parentRefs")) return [];
    if (path === "loadBalancer.serversTransport" && !hasUse(kind, part(value, "loadBalancer"))) return [];
    if (reference.kind === "tls.options" && (part(value, "tls").passthrough || name === "default")) return [];
    // Of a child, which can be left out, the whole item is meant and not its name alone.
    return [{ target: targetOf(reference), path: reference.without ? at.slice(0, -1) : at }];
  });
  const { tls } = value;
  const isRouter = kind === "http.routers" || kind === "tcp.routers";
  if (!isRouter || tls === undefined || tls === null || part(value, "tls").passthrough) return needs;
  const options = part(value, "tls").options ?? "default";
  return options === "default" ? [...needs, { target: defaultOptions, path: ["tls"] }] : needs;
}

/** They are there without being written. */
export const defaultOptions = objectId("tls.options", "default");

function hasUse(kind: Kind, balancer: ObjectValue): boolean {
  const { servers, healthCheck } = balancer;
  if (kind === "tcp.services") return hasStreamServer(balancer);
  return (Array.isArray(servers) && servers.length > 0) || healthCheck !== undefined;
}
