import { z } from "zod";
import { flag, ignored, kept, mayBeEmpty, preset, type Since, struct, whole, words } from "./field.ts";
import { serversLoadBalancer, sticky } from "./http-load-balancer.ts";

/** Traefik's `http.services.highestRandomWeight.services`. */
export function weighed() {
  return struct({
    name: words.optional(),
    weight: preset(kept(whole), 1).optional(),
  });
}

/** Traefik's `http.services.highestRandomWeight`. */
export function highestRandomWeight() {
  return struct({
    services: z.array(weighed()).optional(),
    healthCheck: mayBeEmpty(struct({})).optional(),
  });
}

/** Traefik's `http.services.weighted.services`. */
export function weightedService(since: Since) {
  return struct(
    {
      name: words.optional(),
      weight: preset(kept(whole), 1).optional(),
    },
    {
      headers: ignored(since("3.6", z.record(words, words))),
      status: ignored(since("3.1", kept(whole))),
      grpcStatus: ignored(since("3.2", struct({ code: whole.optional(), msg: words.optional() }))),
    },
  );
}

/** Traefik's `http.services.weighted`. */
export function weightedRoundRobin(since: Since) {
  return struct({
    services: z.array(weightedService(since)).optional(),
    sticky: sticky(since).optional(),
    healthCheck: mayBeEmpty(struct({})).optional(),
  });
}

/** Traefik's `http.services.mirroring.mirrors`. */
export function mirrorService() {
  return struct({
    name: words.optional(),
    percent: whole.optional(),
  });
}

/** Traefik's `http.services.mirroring`. */
export function mirroring(since: Since) {
  return struct({
    service: words.optional(),
    mirrorBody: since("3.2", preset(kept(flag), true)).optional(),
    maxBodySize: preset(kept(whole), -1).optional(),
    mirrors: z.array(mirrorService()).optional(),
    healthCheck: mayBeEmpty(struct({})).optional(),
  });
}

/** Traefik's `http.services.failover.errors`. */
export function failoverError() {
  return struct({
    maxRequestBodyBytes: preset(kept(whole), -1).optional(),
    status: z.array(words).optional(),
  });
}

/** Traefik's `http.services.failover`. */
export function failover(since: Since) {
  return struct({
    service: words.optional(),
    fallback: words.optional(),
    healthCheck: mayBeEmpty(struct({})).optional(),
    errors: since("3.7", failoverError()).optional(),
  });
}

/** Traefik's `http.services`. */
export function httpService(since: Since) {
  return struct({
    middlewares: since("3.7", z.array(words)).optional(),
    loadBalancer: serversLoadBalancer(since).optional(),
    highestRandomWeight: since("3.6", highestRandomWeight()).optional(),
    weighted: weightedRoundRobin(since).optional(),
    mirroring: mirroring(since).optional(),
    failover: failover(since).optional(),
  });
}
