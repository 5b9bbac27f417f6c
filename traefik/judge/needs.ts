import type { KeyPath } from "../../files/key-path.ts";
import { type Kind, kindOf, type ObjectId, type ObjectValue, objectId } from "../objects/objects.ts";
import { referencesOf, targetOf } from "../objects/references.ts";
import { part } from "./findings.ts";
import { hasStreamServer } from "./service-finding.ts";

/** An object in the same document that another one does not work without. */
export interface Need {
  readonly target: ObjectId;
  /** The field that names it: `weighted.services[0]`. */
  readonly path: KeyPath;
}

/**
 * What an object needs from its document. Names with `@` belong to other providers; `routerTree` handles the parents of routers. The TLS options
 * `default` always exist. Only servers and the healthCheck use a transport. (Seen on 3.7.15.)
 */
export function needsOf(id: ObjectId, value: ObjectValue): Need[] {
  const kind = kindOf(id);
  const needs = referencesOf(id, value).flatMap((reference): Need[] => {
    const { name, path, at } = reference;
    if (name === "" || name.includes("@") || path.startsWith("parentRefs")) return [];
    if (path === "loadBalancer.serversTransport" && !hasUse(kind, part(value, "loadBalancer"))) return [];
    if (reference.kind === "tls.options" && (part(value, "tls").passthrough || name === "default")) return [];
    // For a child, which can be left out, this is the path of the whole item, not just of its name.
    return [{ target: targetOf(reference), path: reference.isItem ? at.slice(0, -1) : at }];
  });
  const { tls } = value;
  const isRouter = kind === "http.routers" || kind === "tcp.routers";
  if (!isRouter || tls === undefined || tls === null || part(value, "tls").passthrough) return needs;
  const options = part(value, "tls").options ?? "default";
  return options === "default" ? [...needs, { target: defaultOptions, path: ["tls"] }] : needs;
}

/** They exist without being declared. */
export const defaultOptions = objectId("tls.options", "default");

function hasUse(kind: Kind, balancer: ObjectValue): boolean {
  const { servers, healthCheck } = balancer;
  if (kind === "tcp.services") return hasStreamServer(balancer);
  return (Array.isArray(servers) && servers.length > 0) || healthCheck !== undefined;
}
