import { z } from "zod";
import { objectName, text } from "../files/text.ts";
import { fieldsFor } from "../traefik/model/field.ts";
import { serversLoadBalancer } from "../traefik/model/http-load-balancer.ts";
import { httpRouter } from "../traefik/model/http-routers.ts";
import { tcpRouter, tcpServersLoadBalancer } from "../traefik/model/tcp.ts";
import { udpRouter } from "../traefik/model/udp.ts";
import { ruleProblem } from "../traefik/rule/problem.ts";
import { tcpRuleProblem } from "../traefik/rule/tcp-problem.ts";

// The fields of Traefik's model that a group file may set: all but those that the group itself sets.

/** A key that is refused with a reason. */
export const refused = (error: string) => z.never({ error }).optional();

const ownServers = refused("leave it out: the servers are the replicas that are present");
const ownService = refused("leave it out: it is the group's own service");

/** Traefik's `loadBalancer` without `servers`, for Traefik of that version. An unknown or a newer key is an error. */
export function loadBalancerSchema(version: string) {
  return serversLoadBalancer(fieldsFor(version)).extend({ servers: ownServers });
}

/** The same for TCP. */
export function tcpLoadBalancerSchema(version: string) {
  return tcpServersLoadBalancer(fieldsFor(version)).extend({ servers: ownServers });
}

/** The fields that the check of a rule looks at. */
const ruled = z.looseObject({ rule: text, ruleSyntax: z.unknown().optional(), tls: z.unknown().optional() });

/** A router whose rule is checked together with everything else, as long as the rule can be read. */
function withGoodRule<S extends z.ZodType>(
  router: S,
  ofRule: (router: { rule: string; tls: boolean; ruleSyntax: string | undefined }) => string | undefined,
) {
  function problemOf(written: unknown): string | undefined {
    const { data } = ruled.safeParse(written);
    if (data === undefined) return undefined;
    const { rule, tls, ruleSyntax } = data;
    return ofRule({
      rule,
      tls: tls !== undefined,
      ruleSyntax: typeof ruleSyntax === "string" ? ruleSyntax : undefined,
    });
  }
  return router.refine((written) => problemOf(written) === undefined, {
    path: ["rule"],
    error: ({ input }) => problemOf(input) ?? "",
    when: ({ value }) => ruled.safeParse(value).success,
  });
}

/** Traefik's HTTP router without `service`, for Traefik of that version. An unknown or a newer key is an error. */
export function routerSchema(version: string) {
  const router = httpRouter(fieldsFor(version))
    .extend({ service: ownService, rule: text })
    .check((context) => {
      // Traefik disables a child router that has one of these (seen on 3.7.15).
      const { parentRefs, ...router } = context.value;
      if (!parentRefs || parentRefs.length === 0) return;
      for (const key of ["entryPoints", "tls", "observability"] as const) {
        const set = Array.isArray(router[key]) ? router[key].length > 0 : router[key] !== undefined;
        const message = "not allowed with parentRefs: a child router has its parent's";
        if (set) context.issues.push({ code: "custom", input: router[key], path: [key], message });
      }
    });
  return withGoodRule(router, ({ rule, ruleSyntax }) =>
    ruleProblem(rule, { kind: "http", traefik: version }, ruleSyntax),
  );
}

/** Traefik's TCP router without `service`, for Traefik of that version. */
export function tcpRouterSchema(version: string) {
  const router = tcpRouter().extend({ service: ownService, rule: text });
  return withGoodRule(router, (one) => tcpRuleProblem(one, version));
}

/** Traefik's UDP router without `service`. One without entry points would be on all of them, so they are required. */
export function udpRouterSchema() {
  return udpRouter().extend({
    service: ownService,
    entryPoints: z.array(objectName).min(1),
    rule: refused("leave it out: a UDP router gets whatever comes to its entry points"),
  });
}
