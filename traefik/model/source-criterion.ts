import { z } from "zod";
import { flag, kept, type Since, struct, whole, words } from "./field.ts";

/** Traefik's `http.middlewares.ipWhiteList.ipStrategy`. */
export function ipStrategy(since: Since) {
  return struct({
    depth: whole.optional(),
    excludedIPs: z.array(words).optional(),
    ipv6Subnet: since("3.2", kept(whole)).optional(),
  });
}

/** Traefik's `http.middlewares.rateLimit.sourceCriterion`. */
export function sourceCriterion(since: Since) {
  return struct({
    ipStrategy: ipStrategy(since).optional(),
    requestHeaderName: words.optional(),
    requestHost: flag.optional(),
  });
}
