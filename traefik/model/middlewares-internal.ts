import { z } from "zod";
import { kept, struct, whole, words } from "./field.ts";

/** Traefik's `http.middlewares.requestHeaderModifier`. */
export function headerModifier() {
  return struct({
    set: z.record(words, words).optional(),
    add: z.record(words, words).optional(),
    remove: z.array(words).optional(),
  });
}

/** Traefik's `http.middlewares.requestRedirect`. */
export function requestRedirect() {
  return struct({
    scheme: kept(words).optional(),
    hostname: kept(words).optional(),
    port: kept(words).optional(),
    path: kept(words).optional(),
    pathPrefix: kept(words).optional(),
    statusCode: whole.optional(),
  });
}

/** Traefik's `http.middlewares.URLRewrite`. */
export function urlRewrite() {
  return struct({
    hostname: kept(words).optional(),
    path: kept(words).optional(),
    pathPrefix: kept(words).optional(),
  });
}

/** Traefik's `http.middlewares.authTLSPassCertificateToUpstream`. */
export function authTLSPassCertificateToUpstream() {
  return struct({
    clientAuthType: words.optional(),
    caFiles: z.array(words).optional(),
  });
}

/** Traefik's `http.middlewares.snippet.auth`. */
export function snippetAuth() {
  return struct({
    address: words.optional(),
    method: words.optional(),
    snippet: words.optional(),
    authResponseHeaders: z.array(words).optional(),
    authSigninURL: words.optional(),
  });
}

/** Traefik's `http.middlewares.snippet`. */
export function snippet() {
  return struct({
    serverSnippet: words.optional(),
    configurationSnippet: words.optional(),
    auth: snippetAuth().optional(),
  });
}

/** Traefik's `http.middlewares.rewriteTarget`. */
export function rewriteTarget() {
  return struct({
    regex: words.optional(),
    replacement: words.optional(),
    xForwardedPrefix: words.optional(),
  });
}

/** Traefik's `http.middlewares.upstreamVHost`. */
export function upstreamVHost() {
  return struct({
    vHost: words.optional(),
    vars: z.record(words, words).optional(),
  });
}

/** Traefik's `http.middlewares.appRoot`. */
export function appRoot() {
  return struct({
    path: words.optional(),
  });
}
