import { z } from "zod";
import { ruleProblem } from "./rule.ts";
import { objectName, text } from "./text.ts";
import { fieldsFor, knows } from "./traefik-version.ts";

// Field names and the versions they came with: Traefik's pkg/config/dynamic at 3.7.9, each tried on the running program.

/** Go's units of time, in seconds. */
const units: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** Go counts nanoseconds in 64 bits: past 292 years a number wraps around and a text makes Traefik reject the document. */
const longest = 365 * 24 * 3600;

const duration = z
  .union([z.int().min(0), z.string().regex(/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/)], {
    error: 'a duration is whole seconds or text such as "10s", "500ms", "1m30s"',
  })
  .refine((written) => seconds(written) <= longest, { error: "a duration is a year (8760h) at most" })
  .describe('Whole seconds, or text such as "10s", "500ms", "1m30s".');

function seconds(written: number | string): number {
  if (typeof written === "number") return written;
  const parts = [...written.matchAll(/([\d.]+)([a-zµ]+)/g)];
  return parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (units[unit] ?? 0), 0);
}

const headers = z.record(
  text.max(200).regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: "is no name of a header" }),
  z.union([z.literal(""), text.regex(/^[^\n]*$/, { error: "a header is one line" })], {
    error: "must be text of one line",
  }),
);
const port = z.int().min(1).max(65535);

const strategies = [
  ["3.4", "wrr"],
  ["3.4", "p2c"],
  ["3.6", "hrw"],
  ["3.6", "leasttime"],
] as const;

/** Traefik's `loadBalancer` without `servers`, for Traefik of that version. An unknown or a newer key is an error. */
export function loadBalancerSchema(version: string) {
  const since = fieldsFor(version);
  return z.strictObject({
    servers: z.never({ error: "is left out: the servers are the replicas that are present" }).optional(),
    strategy: since(
      "3.4",
      z.enum(strategies.filter(([first]) => knows(version, first)).map(([, name]) => name)),
    ).optional(),
    passHostHeader: z.boolean().optional(),
    serversTransport: objectName.optional(),
    responseForwarding: z.strictObject({ flushInterval: duration.optional() }).optional(),
    sticky: z
      .strictObject({
        cookie: z
          .strictObject({
            name: text.optional(),
            secure: z.boolean().optional(),
            httpOnly: z.boolean().optional(),
            sameSite: z.enum(["none", "lax", "strict"]).optional(),
            maxAge: z.int().optional(),
            path: since("3.3", text).optional(),
            domain: since("3.4", text).optional(),
          })
          .optional(),
      })
      .optional(),
    healthCheck: z
      .strictObject({
        scheme: z.enum(["http", "https", "h2c"]).optional(),
        mode: z.enum(["http", "grpc"]).optional(),
        path: text.regex(/^\//, { error: "a path starts with /" }).optional(),
        method: text.regex(/^[A-Z]+$/, { error: "a method is in capitals, such as GET" }).optional(),
        status: z.int().min(100).max(599).optional(),
        port: port.optional(),
        interval: duration.optional(),
        unhealthyInterval: since("3.5", duration).optional(),
        timeout: duration.optional(),
        hostname: text.optional(),
        followRedirects: z.boolean().optional(),
        headers: headers.optional(),
      })
      .optional(),
    passiveHealthCheck: since(
      "3.6",
      z.strictObject({ failureWindow: duration.optional(), maxFailedAttempts: z.int().min(0).optional() }),
    ).optional(),
  });
}

/** Traefik's HTTP router without `service`, for Traefik of that version. An unknown or a newer key is an error. */
export function routerSchema(version: string) {
  const since = fieldsFor(version);
  return z
    .strictObject({
      service: z.never({ error: "is left out: it is the group's own service" }).optional(),
      rule: text.check((context) => {
        const problem = ruleProblem(context.value);
        if (problem) context.issues.push({ code: "custom", input: context.value, message: problem });
      }),
      entryPoints: z.array(objectName).optional(),
      middlewares: z.array(objectName).optional(),
      // Traefik keeps the thousand priorities below 2^63 for itself; what JavaScript holds exactly is far below them.
      priority: z.int().optional(),
      ruleSyntax: z.enum(["default", "v3", "v2"]).optional(),
      parentRefs: since("3.6", z.array(objectName)).optional(),
      tls: z
        .strictObject({
          options: objectName.optional(),
          certResolver: objectName.optional(),
          domains: z.array(z.strictObject({ main: text, sans: z.array(objectName).optional() })).optional(),
        })
        .optional(),
      observability: since(
        "3.3",
        z.strictObject({
          accessLogs: z.boolean().optional(),
          metrics: z.boolean().optional(),
          tracing: z.boolean().optional(),
          traceVerbosity: since("3.5", z.enum(["minimal", "detailed"])).optional(),
        }),
      ).optional(),
    })
    .check((context) => {
      // Traefik disables a child router that has one of these (seen on 3.7.15).
      const { parentRefs, ...router } = context.value;
      if (!parentRefs || parentRefs.length === 0) return;
      for (const key of ["entryPoints", "tls", "observability"] as const) {
        const set = Array.isArray(router[key]) ? router[key].length > 0 : router[key] !== undefined;
        const message = "not beside parentRefs: a child router has its parent's";
        if (set) context.issues.push({ code: "custom", input: router[key], path: [key], message });
      }
    });
}
