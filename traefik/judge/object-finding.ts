import type { Kind, ObjectValue } from "../objects/objects.ts";
import { middlewareProblem, tcpMiddlewareProblem } from "./middleware-problem.ts";
import { type ObjectProblem, problem } from "./object-problems.ts";
import { routerProblem } from "./router-problem.ts";
import { proxyProtocolProblem, serviceProblem, streamServiceProblem } from "./service-problem.ts";
import { tlsOptionsProblem } from "./tls-options-problem.ts";

export type { ObjectProblem };

/** What is wrong with an object by itself that Traefik's decoder takes: Traefik would turn it off, or worse. Undefined when nothing is. */
export function objectProblem(kind: Kind, object: ObjectValue, traefik: string): ObjectProblem | undefined {
  const [section = "", part] = kind.split(".");
  switch (part) {
    case "routers":
      return routerProblem(section, object, traefik);
    case "middlewares":
      if (section === "http")
        return typeProblem(Object.keys(object), "stripPrefix") ?? middlewareProblem(object, traefik);
      return tcpMiddlewareProblem(object) ?? tcpTypesProblem(Object.keys(object));
    case "services": {
      const types = Object.keys(object).filter((key) => key !== "middlewares");
      const found = typeProblem(types, "loadBalancer");
      return found ?? (section === "http" ? serviceProblem(object, traefik) : streamServiceProblem(object, traefik));
    }
    case "serversTransports":
      return section === "tcp" ? proxyProtocolProblem(object) : undefined;
    case "options":
      return tlsOptionsProblem(object, traefik);
    default:
      return undefined;
  }
}

function typeProblem(types: readonly string[], example: string): ObjectProblem | undefined {
  if (types.length === 1) return undefined;
  if (types.length === 0) return problem([], `has no type, such as ${example}`);
  return problem([], `has ${types.length} types: ${[...types].sort().join(", ")}; write one object each`);
}

/** Of a middleware of TCP with two types Traefik takes one of them. */
function tcpTypesProblem(types: readonly string[]): ObjectProblem | undefined {
  const found = typeProblem(types, "inFlightConn");
  return found && types.length > 1 ? { ...found, isTaken: true } : found;
}
