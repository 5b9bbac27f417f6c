import { z } from "zod";
import { flag, ignored, kept, opaque, preset, type Since, struct, whole, words } from "./field.ts";
import { knows } from "./version.ts";

/** Traefik's `http.middlewares.chain`. */
export function chain() {
  return struct({
    middlewares: z.array(words).optional(),
  });
}

/** Traefik's `http.middlewares.errors`. */
export function errorPage(since: Since) {
  return struct(
    {
      status: z.array(words).optional(),
      statusRewrites: since("3.4", z.record(words, whole)).optional(),
      service: words.optional(),
      query: words.optional(),
      errorRequestHeaders: since("3.6.15", z.array(words)).optional(),
    },
    {
      nginxHeaders: ignored(since("3.7", opaque)),
    },
  );
}

/** Traefik's `http.middlewares.compress`. */
export function compress(since: Since) {
  return struct({
    excludedContentTypes: z.array(words).optional(),
    includedContentTypes: z.array(words).optional(),
    minResponseBodyBytes: whole.optional(),
    encodings: since("3.2", preset(z.array(words), encodings(since.version))).optional(),
    defaultEncoding: words.optional(),
  });
}

/** Traefik's `http.middlewares.contentType`. */
export function contentType() {
  return struct({
    autoDetect: kept(flag).optional(),
  });
}

/** Traefik's `http.middlewares.grpcWeb`. */
export function grpcWeb() {
  return struct({
    allowOrigins: z.array(words).optional(),
  });
}

function encodings(version: string): string[] {
  return knows(version, "3.3") ? ["gzip", "br", "zstd"] : ["zstd", "br", "gzip"];
}
