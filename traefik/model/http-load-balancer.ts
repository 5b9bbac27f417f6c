import { z } from "zod";
import { objectName, text } from "../../files/text.ts";
import { duration } from "./duration.ts";
import { flag, ignored, kept, mayBeEmpty, preset, type Since, struct, whole, words } from "./field.ts";
import { knows } from "./version.ts";

const headerValues = z.record(
  text.max(200).regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: "is no name of a header" }),
  z.union([z.literal(""), text.regex(/^[^\n]*$/, { error: "a header is one line" })], {
    error: "must be text of one line; put a number in quotes",
  }),
);
const port = z.int().min(1).max(65535);

/** The ways to choose a server that a Traefik of that version has. The decoder takes any text; an unknown way disables the service. */
export function strategiesOf(version: string): string[] {
  return strategies.filter(([first]) => knows(version, first)).map(([, name]) => name);
}

const strategies = [
  ["3.4", "wrr"],
  ["3.4", "p2c"],
  ["3.6", "hrw"],
  ["3.6", "leasttime"],
] as const;

/** Traefik's `http.services.loadBalancer.sticky.cookie`. */
export function cookie(since: Since) {
  return struct(
    {
      name: text.optional(),
      secure: flag.optional(),
      httpOnly: flag.optional(),
      sameSite: z.enum(["none", "lax", "strict"]).optional(),
      maxAge: whole.optional(),
      path: since("3.3", preset(kept(text), "/")).optional(),
      domain: since("3.4", text).optional(),
    },
    {
      expires: ignored(since("3.7", whole)),
    },
  );
}

/** Traefik's `http.services.loadBalancer.sticky`. */
export function sticky(since: Since) {
  return struct({
    cookie: mayBeEmpty(cookie(since)).optional(),
  });
}

/** Traefik's `http.services.loadBalancer.servers`. */
export function httpServer(since: Since) {
  return struct(
    {
      url: words.optional(),
      weight: kept(whole).optional(),
      preservePath: since("3.2", flag).optional(),
    },
    {
      fenced: ignored(since("3.3", flag)),
      scheme: ignored(words),
      port: ignored(words),
    },
  );
}

/** Traefik's `http.services.loadBalancer.healthCheck`. */
export function serverHealthCheck(since: Since) {
  return struct({
    scheme: z.enum(["http", "https", "h2c"]).optional(),
    mode: preset(z.enum(["http", "grpc"]), "http").optional(),
    path: text.regex(/^\//, { error: "a path starts with /" }).optional(),
    method: text.regex(/^[A-Z]+$/, { error: "a method is in capitals, such as GET" }).optional(),
    status: z.int().min(100).max(599).optional(),
    port: port.optional(),
    interval: preset(duration, "30s").optional(),
    unhealthyInterval: since("3.5", kept(duration)).optional(),
    timeout: preset(duration, "5s").optional(),
    hostname: text.optional(),
    followRedirects: preset(kept(flag), true).optional(),
    headers: headerValues.optional(),
  });
}

/** Traefik's `http.services.loadBalancer.passiveHealthCheck`. */
export function passiveServerHealthCheck() {
  return struct({
    failureWindow: preset(duration, "10s").optional(),
    maxFailedAttempts: preset(z.int().min(0), 1).optional(),
  });
}

/** Traefik's `http.services.loadBalancer.responseForwarding`. */
export function responseForwarding() {
  return struct({
    flushInterval: preset(duration, "100ms").optional(),
  });
}

/** Traefik's `http.services.loadBalancer`. */
export function serversLoadBalancer(since: Since) {
  return struct(
    {
      sticky: mayBeEmpty(sticky(since)).optional(),
      servers: z.array(httpServer(since)).optional(),
      strategy: since("3.4", preset(z.enum(strategiesOf(since.version)), "wrr")).optional(),
      healthCheck: serverHealthCheck(since).optional(),
      passiveHealthCheck: since("3.6", passiveServerHealthCheck()).optional(),
      passHostHeader: preset(kept(flag), true).optional(),
      responseForwarding: preset(responseForwarding(), { flushInterval: "100ms" }).optional(),
      serversTransport: objectName.optional(),
    },
    {
      nginxUpstreamHashBy: ignored(since("3.7", words)),
    },
  );
}
