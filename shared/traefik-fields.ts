import { z } from "zod";
import { text } from "./text.ts";
import { fieldsFor } from "./traefik/model/field.ts";
import { serversLoadBalancer } from "./traefik/model/http-load-balancer.ts";
import { httpRouter } from "./traefik/model/http-routers.ts";
import { ruleProblem } from "./traefik/rule/problem.ts";

// What a group file says to Traefik: the fields of Traefik's model, without those that are the group's own.

/** Traefik's `loadBalancer` without `servers`, for Traefik of that version. An unknown or a newer key is an error. */
export function loadBalancerSchema(version: string) {
  return serversLoadBalancer(fieldsFor(version)).extend({
    servers: z.never({ error: "is left out: the servers are the replicas that are present" }).optional(),
  });
}

/** What a router's rule is checked by. */
const ruled = z.looseObject({ rule: text, ruleSyntax: z.unknown().optional() });

/** Traefik's HTTP router without `service`, for Traefik of that version. An unknown or a newer key is an error. */
export function routerSchema(version: string) {
  function problemOf(router: unknown): string | undefined {
    const { data } = ruled.safeParse(router);
    if (data === undefined) return undefined;
    const syntax = typeof data.ruleSyntax === "string" ? data.ruleSyntax : undefined;
    return ruleProblem(data.rule, { kind: "http", traefik: version }, syntax);
  }
  return httpRouter(fieldsFor(version))
    .extend({ service: z.never({ error: "is left out: it is the group's own service" }).optional(), rule: text })
    .check((context) => {
      // Traefik disables a child router that has one of these (seen on 3.7.15).
      const { parentRefs, ...router } = context.value;
      if (!parentRefs || parentRefs.length === 0) return;
      for (const key of ["entryPoints", "tls", "observability"] as const) {
        const set = Array.isArray(router[key]) ? router[key].length > 0 : router[key] !== undefined;
        const message = "not beside parentRefs: a child router has its parent's";
        if (set) context.issues.push({ code: "custom", input: router[key], path: [key], message });
      }
    })
    .refine((router) => problemOf(router) === undefined, {
      path: ["rule"],
      error: ({ input }) => problemOf(input) ?? "",
      // Said together with what else is wrong, as long as the rule can be read.
      when: ({ value }) => ruled.safeParse(value).success,
    });
}
