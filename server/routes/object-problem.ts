import type { KeyPath } from "../../shared/files/key-path.ts";
import { strategiesOf } from "../../shared/traefik/model/http-load-balancer.ts";
import { ruleProblem } from "../../shared/traefik/rule/problem.ts";
import { tcpRuleProblem } from "../../shared/traefik/rule/tcp-problem.ts";
import { knows } from "../../shared/traefik-version.ts";
import type { Kind, ObjectValue } from "./objects.ts";

export interface ObjectProblem {
  readonly path: KeyPath;
  readonly message: string;
}

/**
 * What is wrong with an object that Traefik's decoder takes: Traefik would turn it off, or worse. Undefined when nothing is.
 * (Seen on 3.7.15, and for negative weights of TCP on 3.7.9, which then keeps a processor busy for ever.)
 */
export function objectProblem(kind: Kind, object: ObjectValue, traefik: string): ObjectProblem | undefined {
  const [section, part] = kind.split(".");
  if (part === "routers" && section === "http" && !object.service && !knows(traefik, "3.6"))
    return {
      path: [],
      message: `has no service, and is no parent of others: that needs Traefik 3.6, and this is for ${traefik}`,
    };
  if (part === "routers") return section === "udp" ? undefined : routerProblem(section === "tcp", object, traefik);
  if (part === "middlewares") return typeProblem(Object.keys(object), "stripPrefix");
  if (part !== "services") return undefined;
  const types = Object.keys(object).filter((key) => key !== "middlewares");
  return typeProblem(types, "loadBalancer") ?? weightProblem(object) ?? strategyProblem(object, traefik);
}

function routerProblem(
  isTcp: boolean,
  { rule, ruleSyntax, tls }: ObjectValue,
  traefik: string,
): ObjectProblem | undefined {
  if (typeof rule !== "string" || rule === "") return { path: [], message: "has no rule, so it would match nothing" };
  const syntax = typeof ruleSyntax === "string" ? ruleSyntax : undefined;
  const message = isTcp
    ? tcpRuleProblem({ rule, tls: tls !== undefined && tls !== null, ruleSyntax: syntax }, traefik)
    : ruleProblem(rule, { kind: "http", traefik }, syntax);
  return message === undefined ? undefined : { path: ["rule"], message };
}

function typeProblem(types: readonly string[], example: string): ObjectProblem | undefined {
  if (types.length === 1) return undefined;
  if (types.length === 0) return { path: [], message: `has no type, such as ${example}` };
  return { path: [], message: `has ${types.length} types: ${[...types].sort().join(", ")}; write one object each` };
}

/** Traefik's decoder takes any text, and turns the service off for one that it does not know. (Seen on 3.5.3.) */
function strategyProblem({ loadBalancer }: ObjectValue, traefik: string): ObjectProblem | undefined {
  const { strategy } = (loadBalancer ?? {}) as ObjectValue;
  const known = strategiesOf(traefik);
  if (typeof strategy !== "string" || strategy === "" || known.includes(strategy)) return undefined;
  const message = `is no strategy of Traefik ${traefik}, which has ${known.join(", ")}`;
  return { path: ["loadBalancer", "strategy"], message };
}

function weightProblem(object: ObjectValue): ObjectProblem | undefined {
  for (const type of ["weighted", "highestRandomWeight", "loadBalancer"]) {
    const { services, servers } = (object[type] ?? {}) as ObjectValue;
    const key = services === undefined ? "servers" : "services";
    const items = services ?? servers;
    if (!Array.isArray(items)) continue;
    const index = items.findIndex((item: { weight?: unknown }) => typeof item?.weight === "number" && item.weight < 0);
    if (index >= 0) return { path: [type, key, index, "weight"], message: "is below 0" };
  }
  return undefined;
}
