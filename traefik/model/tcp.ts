import { z } from "zod";
import { objectName } from "../../files/text.ts";
import { duration } from "./duration.ts";
import { flag, ignored, kept, mayBeEmpty, preset, type Since, struct, unsaid, whole, words } from "./field.ts";
import { domain } from "./http-routers.ts";
import { proxyProtocol, tcpServersTransport } from "./transports.ts";

/** Traefik's `tcp.routers.tls`. */
export function routerTCPTLSConfig() {
  return struct({
    passthrough: preset(kept(flag), false).optional(),
    options: objectName.optional(),
    certResolver: objectName.optional(),
    domains: z.array(domain()).optional(),
  });
}

/** Traefik's `tcp.routers`. */
export function tcpRouter() {
  return struct({
    entryPoints: z.array(objectName).optional(),
    middlewares: z.array(objectName).optional(),
    service: objectName.optional(),
    rule: words.optional(),
    ruleSyntax: z.enum(["default", "v3", "v2"]).optional(),
    priority: whole.optional(),
    tls: mayBeEmpty(routerTCPTLSConfig()).optional(),
  });
}

/** Traefik's `tcp.services.loadBalancer.servers`. */
export function tcpServer() {
  return struct(
    {
      address: words.optional(),
      tls: flag.optional(),
    },
    {
      port: unsaid(words),
    },
  );
}

/** Traefik's `tcp.services.loadBalancer.healthCheck`. */
export function tcpServerHealthCheck() {
  return struct({
    port: z.int().min(1).max(65535).optional(),
    send: words.optional(),
    expect: words.optional(),
    interval: preset(duration, "30s").optional(),
    unhealthyInterval: kept(duration).optional(),
    timeout: preset(duration, "5s").optional(),
  });
}

/** Traefik's `tcp.services.loadBalancer`. */
export function tcpServersLoadBalancer(since: Since) {
  return struct({
    servers: z.array(tcpServer()).optional(),
    serversTransport: objectName.optional(),
    proxyProtocol: mayBeEmpty(proxyProtocol()).optional(),
    terminationDelay: kept(whole).optional(),
    healthCheck: since("3.6", mayBeEmpty(tcpServerHealthCheck())).optional(),
  });
}

/** Traefik's `tcp.services.weighted.services`. */
export function tcpWeightedService() {
  return struct({
    name: words.optional(),
    weight: preset(kept(whole), 1).optional(),
  });
}

/** Traefik's `tcp.services.weighted`. */
export function tcpWeightedRoundRobin(since: Since) {
  return struct({
    services: z.array(tcpWeightedService()).optional(),
    healthCheck: since("3.6", mayBeEmpty(struct({}))).optional(),
  });
}

/** Traefik's `tcp.services`. */
export function tcpService(since: Since) {
  return struct({
    loadBalancer: tcpServersLoadBalancer(since).optional(),
    weighted: tcpWeightedRoundRobin(since).optional(),
  });
}

/** Traefik's `tcp.middlewares.inFlightConn`. */
export function tcpInFlightConn() {
  return struct({
    amount: whole.optional(),
  });
}

/** Traefik's `tcp.middlewares.ipWhiteList`. */
export function tcpIpWhiteList() {
  return struct({
    sourceRange: z.array(words).optional(),
  });
}

/** Traefik's `tcp.middlewares.ipAllowList`. */
export function tcpIpAllowList() {
  return struct({
    sourceRange: z.array(words).optional(),
  });
}

/** Traefik's `tcp.middlewares`. */
export function tcpMiddleware() {
  return struct({
    inFlightConn: tcpInFlightConn().optional(),
    ipWhiteList: tcpIpWhiteList().optional(),
    ipAllowList: tcpIpAllowList().optional(),
  });
}

/** Traefik's `tcp`. */
export function tcpConfiguration(since: Since) {
  return struct(
    {
      routers: z.record(words, tcpRouter()).optional(),
      services: z.record(words, tcpService(since)).optional(),
      middlewares: z.record(words, tcpMiddleware()).optional(),
      serversTransports: z.record(words, tcpServersTransport(since)).optional(),
    },
    {
      models: ignored(z.record(words, struct({}, { defaultRuleSyntax: ignored(words) }))),
    },
  );
}
