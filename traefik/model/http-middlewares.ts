import { z } from "zod";
import { ignored, mayBeEmpty, type Since, struct, words } from "./field.ts";
import { headersMiddleware } from "./http-headers.ts";
import { chain, compress, contentType, errorPage, grpcWeb } from "./middlewares-answers.ts";
import {
  basicAuth,
  digestAuth,
  encodedCharacters,
  forwardAuth,
  ipAllowList,
  ipWhiteList,
  passTLSClientCert,
} from "./middlewares-auth.ts";
import {
  appRoot,
  authTLSPassCertificateToUpstream,
  headerModifier,
  requestRedirect,
  rewriteTarget,
  snippet,
  upstreamVHost,
  urlRewrite,
} from "./middlewares-internal.ts";
import { buffering, circuitBreaker, inFlightReq, rateLimit, retry } from "./middlewares-limits.ts";
import {
  addPrefix,
  redirectRegex,
  redirectScheme,
  replacePath,
  replacePathRegex,
  stripPrefix,
  stripPrefixRegex,
} from "./middlewares-paths.ts";

/** Traefik's `http.middlewares`. */
export function httpMiddleware(since: Since) {
  return struct(
    {
      addPrefix: addPrefix().optional(),
      stripPrefix: stripPrefix().optional(),
      stripPrefixRegex: stripPrefixRegex().optional(),
      replacePath: replacePath().optional(),
      replacePathRegex: replacePathRegex().optional(),
      chain: chain().optional(),
      ipWhiteList: ipWhiteList(since).optional(),
      ipAllowList: ipAllowList(since).optional(),
      headers: headersMiddleware(since).optional(),
      encodedCharacters: since("3.7", encodedCharacters()).optional(),
      errors: errorPage(since).optional(),
      rateLimit: rateLimit(since).optional(),
      redirectRegex: redirectRegex(since).optional(),
      redirectScheme: redirectScheme(since).optional(),
      basicAuth: basicAuth().optional(),
      digestAuth: digestAuth().optional(),
      forwardAuth: forwardAuth(since).optional(),
      inFlightReq: inFlightReq(since).optional(),
      buffering: buffering(since).optional(),
      circuitBreaker: circuitBreaker().optional(),
      compress: mayBeEmpty(compress(since)).optional(),
      passTLSClientCert: passTLSClientCert().optional(),
      retry: retry(since).optional(),
      contentType: mayBeEmpty(contentType()).optional(),
      grpcWeb: grpcWeb().optional(),
      plugin: z.record(words, z.record(words, z.unknown())).optional(),
    },
    {
      requestHeaderModifier: ignored(headerModifier()),
      responseHeaderModifier: ignored(since("3.2", headerModifier())),
      requestRedirect: ignored(since("3.1", requestRedirect())),
      URLRewrite: ignored(since("3.1", urlRewrite())),
      authTLSPassCertificateToUpstream: ignored(since("3.7", authTLSPassCertificateToUpstream())),
      snippet: ignored(since("3.7", snippet())),
      rewriteTarget: ignored(since("3.7", rewriteTarget())),
      upstreamVHost: ignored(since("3.7", upstreamVHost())),
      appRoot: ignored(since("3.7.9", appRoot())),
    },
  );
}
