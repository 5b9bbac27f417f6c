import type { Finding } from "../model/finding.ts";
import type { Kind, ObjectValue } from "../objects/objects.ts";
import { turnedOff } from "./findings.ts";
import { middlewareFinding, tcpMiddlewareFinding } from "./middleware-finding.ts";
import { routerFinding } from "./router-finding.ts";
import { proxyProtocolFinding, serviceFinding, streamServiceFinding } from "./service-finding.ts";
import { tlsOptionsFinding } from "./tls-options-finding.ts";

/**
 * Why an object that Traefik's decoder accepts is invalid, regardless of others; undefined if it is valid. A `noted` one does nothing
 * useful, and is not served.
 */
export function objectFinding(kind: Kind, object: ObjectValue, traefik: string): Finding | undefined {
  return byKind[kind]?.(object, traefik);
}

/** Undefined for kinds of which every object that the decoder accepts is valid. */
const byKind: Readonly<Record<Kind, ((object: ObjectValue, traefik: string) => Finding | undefined) | undefined>> = {
  "http.routers": (object, traefik) => routerFinding("http", object, traefik),
  "http.services": (object, traefik) => serviceTypeFinding(object) ?? serviceFinding(object, traefik),
  "http.middlewares": (object, traefik) =>
    typeFinding(Object.keys(object), "stripPrefix") ?? middlewareFinding(object, traefik),
  "http.serversTransports": undefined,
  "tcp.routers": (object, traefik) => routerFinding("tcp", object, traefik),
  "tcp.services": (object, traefik) => serviceTypeFinding(object) ?? streamServiceFinding(object, traefik),
  "tcp.middlewares": (object) => tcpMiddlewareFinding(object) ?? tcpTypesFinding(Object.keys(object)),
  "tcp.serversTransports": proxyProtocolFinding,
  "udp.routers": (object, traefik) => routerFinding("udp", object, traefik),
  "udp.services": (object, traefik) => serviceTypeFinding(object) ?? streamServiceFinding(object, traefik),
  "tls.options": tlsOptionsFinding,
  "tls.stores": undefined,
  "tls.certificates": undefined,
};

function serviceTypeFinding(object: ObjectValue): Finding | undefined {
  return typeFinding(
    Object.keys(object).filter((key) => key !== "middlewares"),
    "loadBalancer",
  );
}

function typeFinding(types: readonly string[], example: string): Finding | undefined {
  if (types.length === 1) return undefined;
  if (types.length === 0) return turnedOff([], `has no type, such as ${example}`);
  return turnedOff([], `has ${types.length} types: ${[...types].sort().join(", ")}; write one object each`);
}

/** Of a TCP middleware with two types, Traefik takes one. */
function tcpTypesFinding(types: readonly string[]): Finding | undefined {
  const found = typeFinding(types, "inFlightConn");
  return found && types.length > 1 ? { ...found, word: "noted" } : found;
}
