import { z } from "zod";
import { nearest } from "../files/did-you-mean.ts";
import { valueAt } from "../files/key-path.ts";
import { readySchema, udpReadySchema } from "./ready.ts";
import {
  loadBalancerSchema,
  refused,
  routerSchema,
  tcpLoadBalancerSchema,
  tcpRouterSchema,
  udpRouterSchema,
} from "./traefik-fields.ts";

/** The protocol between Traefik and the replicas; each has its own kind of load balancer and router. */
export const protocols = ["http", "tcp", "udp"] as const;
export type Protocol = (typeof protocols)[number];

/** The largest weight of a server. */
export const heaviest = 65_535;

const port = z.int().min(1).max(65_535).describe("The port that every replica listens on.");
const protocol = z.enum(protocols);
const about = {
  loadBalancer: "Traefik's own keys, except servers.",
  router: "Traefik's own keys, except service.",
};
const weightless = (name: string) =>
  refused(
    `are for HTTP: ${name} servers have none in Traefik; a weighted service of a route file splits traffic between groups`,
  );

/** `service` and `router` of an HTTP group. */
export function httpFields(traefik: string) {
  const weights = z
    .record(z.string(), z.int().min(0).max(heaviest))
    .describe("The weight of each replica in Traefik, by name; 1 if not written. 0: no new requests.");
  const service = z
    .strictObject({
      protocol: protocol.default("http").pipe(z.literal("http")),
      scheme: z.enum(["http", "https", "h2c"]).default("http"),
      port,
      tls: refused("is for TCP: write scheme: https"),
      ready: readySchema,
      weights: weights.optional(),
      loadBalancer: loadBalancerSchema(traefik).optional().describe(about.loadBalancer),
    })
    .refine(({ weights, loadBalancer }) => weights === undefined || loadBalancer?.strategy !== "p2c", {
      path: ["weights"],
      error: "have no effect with strategy: p2c, which ignores them; wrr, hrw and leasttime use them",
    });
  return { service, router: routerSchema(traefik).optional().describe(about.router) };
}

/** `service` and `router` of a TCP group. */
export function tcpFields(traefik: string) {
  const service = z.strictObject({
    protocol: protocol.pipe(z.literal("tcp")),
    scheme: refused("is for HTTP: a TCP server is an address; tls: true speaks TLS to it"),
    port,
    tls: z.boolean().optional().describe("Whether Traefik speaks TLS to the replicas."),
    ready: readySchema,
    weights: weightless("TCP"),
    loadBalancer: tcpLoadBalancerSchema(traefik).optional().describe(about.loadBalancer),
  });
  return { service, router: tcpRouterSchema(traefik).optional().describe(about.router) };
}

/** `service` and `router` of a UDP group. */
export function udpFields() {
  const service = z.strictObject({
    protocol: protocol.pipe(z.literal("udp")),
    scheme: refused("is for HTTP: a UDP server is an address"),
    port,
    tls: refused("is for TCP: Traefik speaks no TLS over UDP"),
    ready: udpReadySchema,
    weights: weightless("UDP"),
    loadBalancer: refused("is not for UDP: its only key in Traefik is servers, which are the replicas"),
  });
  return { service, router: udpRouterSchema().optional().describe(about.router) };
}

/** The protocol of a document, whatever else is wrong with it; HTTP if it names none. */
export function protocolOf(document: unknown): Protocol {
  const written = valueAt(document, ["service", "protocol"]);
  const meant = typeof written === "string" ? nearest(written, protocols) : undefined;
  return protocols.find((one) => one === meant) ?? "http";
}
