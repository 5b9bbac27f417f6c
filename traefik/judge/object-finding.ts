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
  const [section = "", part] = kind.split(".");
  switch (part) {
    case "routers":
      return routerFinding(section, object, traefik);
    case "middlewares":
      if (section === "http")
        return typeFinding(Object.keys(object), "stripPrefix") ?? middlewareFinding(object, traefik);
      return tcpMiddlewareFinding(object) ?? tcpTypesFinding(Object.keys(object));
    case "services": {
      const types = Object.keys(object).filter((key) => key !== "middlewares");
      const found = typeFinding(types, "loadBalancer");
      return found ?? (section === "http" ? serviceFinding(object, traefik) : streamServiceFinding(object, traefik));
    }
    case "serversTransports":
      return section === "tcp" ? proxyProtocolFinding(object) : undefined;
    case "options":
      return tlsOptionsFinding(object, traefik);
    default:
      return undefined;
  }
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
