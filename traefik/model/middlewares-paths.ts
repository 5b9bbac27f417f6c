import { z } from "zod";
import { flag, ignored, kept, type Since, struct, whole, words } from "./field.ts";

/** Traefik's `http.middlewares.addPrefix`. */
export function addPrefix() {
  return struct({
    prefix: words.optional(),
  });
}

/** Traefik's `http.middlewares.stripPrefix`. */
export function stripPrefix() {
  return struct({
    prefixes: z.array(words).optional(),
    forceSlash: kept(flag).optional(),
  });
}

/** Traefik's `http.middlewares.stripPrefixRegex`. */
export function stripPrefixRegex() {
  return struct({
    regex: z.array(words).optional(),
  });
}

/** Traefik's `http.middlewares.replacePath`. */
export function replacePath() {
  return struct({
    path: words.optional(),
  });
}

/** Traefik's `http.middlewares.replacePathRegex`. */
export function replacePathRegex() {
  return struct({
    regex: words.optional(),
    replacement: words.optional(),
  });
}

/** Traefik's `http.middlewares.redirectRegex`. */
export function redirectRegex(since: Since) {
  return struct(
    {
      regex: words.optional(),
      replacement: words.optional(),
      permanent: flag.optional(),
    },
    {
      statusCode: ignored(since("3.7", kept(whole))),
    },
  );
}

/** Traefik's `http.middlewares.redirectScheme`. */
export function redirectScheme(since: Since) {
  return struct(
    {
      scheme: words.optional(),
      port: words.optional(),
      permanent: flag.optional(),
    },
    {
      forcePermanentRedirect: ignored(since("3.6.11", flag)),
    },
  );
}
