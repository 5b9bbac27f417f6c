import { z } from "zod";
import { flag, kept, type Since, struct, whole, words } from "./field.ts";

/** Traefik's `http.middlewares.headers`. */
export function headersMiddleware(since: Since) {
  return struct({
    customRequestHeaders: z.record(words, words).optional(),
    customResponseHeaders: z.record(words, words).optional(),
    accessControlAllowCredentials: flag.optional(),
    accessControlAllowHeaders: z.array(words).optional(),
    accessControlAllowMethods: z.array(words).optional(),
    accessControlAllowOriginList: z.array(words).optional(),
    accessControlAllowOriginListRegex: z.array(words).optional(),
    accessControlExposeHeaders: z.array(words).optional(),
    accessControlMaxAge: kept(whole).optional(),
    addVaryHeader: flag.optional(),
    allowedHosts: z.array(words).optional(),
    hostsProxyHeaders: z.array(words).optional(),
    sslProxyHeaders: z.record(words, words).optional(),
    stsSeconds: kept(whole).optional(),
    stsIncludeSubdomains: flag.optional(),
    stsPreload: flag.optional(),
    forceSTSHeader: flag.optional(),
    frameDeny: flag.optional(),
    customFrameOptionsValue: words.optional(),
    contentTypeNosniff: flag.optional(),
    browserXssFilter: flag.optional(),
    customBrowserXSSValue: words.optional(),
    contentSecurityPolicy: words.optional(),
    contentSecurityPolicyReportOnly: since("3.1", words).optional(),
    publicKey: words.optional(),
    referrerPolicy: words.optional(),
    permissionsPolicy: words.optional(),
    isDevelopment: flag.optional(),
    featurePolicy: kept(words).optional(),
    sslRedirect: kept(flag).optional(),
    sslTemporaryRedirect: kept(flag).optional(),
    sslHost: kept(words).optional(),
    sslForceHost: kept(flag).optional(),
  });
}
