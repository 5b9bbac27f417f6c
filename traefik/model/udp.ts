import { z } from "zod";
import { objectName } from "../../files/text.ts";
import { ignored, kept, preset, struct, whole, words } from "./field.ts";

/** Traefik's `udp.routers`. */
export function udpRouter() {
  return struct({
    entryPoints: z.array(objectName).optional(),
    service: objectName.optional(),
  });
}

/** Traefik's `udp.services.loadBalancer.servers`. */
export function udpServer() {
  return struct(
    {
      address: words.optional(),
    },
    {
      port: ignored(words),
    },
  );
}

/** Traefik's `udp.services.loadBalancer`. */
export function udpServersLoadBalancer() {
  return struct({
    servers: z.array(udpServer()).optional(),
  });
}

/** Traefik's `udp.services.weighted.services`. */
export function udpWeightedService() {
  return struct({
    name: words.optional(),
    weight: preset(kept(whole), 1).optional(),
  });
}

/** Traefik's `udp.services.weighted`. */
export function udpWeightedRoundRobin() {
  return struct({
    services: z.array(udpWeightedService()).optional(),
  });
}

/** Traefik's `udp.services`. */
export function udpService() {
  return struct({
    loadBalancer: udpServersLoadBalancer().optional(),
    weighted: udpWeightedRoundRobin().optional(),
  });
}

/** Traefik's `udp`. */
export function udpConfiguration() {
  return struct({
    routers: z.record(words, udpRouter()).optional(),
    services: z.record(words, udpService()).optional(),
  });
}
