import { z } from "zod";
import { objectName, text } from "../../files/text.ts";
import { flag, ignored, inPlace, kept, mayBeEmpty, preset, type Since, struct, whole, words } from "./field.ts";
import { encodedCharacters } from "./middlewares-auth.ts";

/** Traefik's `http.routers.tls.domains`. */
export function domain() {
  return struct({
    main: text,
    sans: z.array(objectName).optional(),
  });
}

/** Traefik's `http.routers.tls`. */
export function routerTLSConfig(since: Since) {
  return struct(
    {
      options: objectName.optional(),
      certResolver: objectName.optional(),
      domains: z.array(domain()).optional(),
    },
    {
      resolvedOptions: ignored(since("3.7.6", words)),
    },
  );
}

/** Traefik's `http.routers.observability.metadata.ingress`. */
export function kubernetesIngressMetadata(since: Since) {
  return struct({ namespace: words.optional(), name: since("3.7.15", words).optional() });
}

/** Traefik's `http.routers.observability.metadata`. */
export function observabilityMetadata(since: Since) {
  return struct(
    {},
    {
      ingress: ignored(kubernetesIngressMetadata(since)),
    },
  );
}

/** Traefik's `http.routers.observability`. */
export function routerObservabilityConfig(since: Since) {
  return struct(
    {
      accessLogs: since("3.3", kept(flag)).optional(),
      metrics: since("3.3", kept(flag)).optional(),
      tracing: since("3.3", kept(flag)).optional(),
      traceVerbosity: since("3.5", preset(z.enum(["minimal", "detailed"]), "minimal")).optional(),
    },
    {
      metadata: ignored(since("3.7", observabilityMetadata(since))),
    },
  );
}

/** Traefik's `http.routers`. */
export function httpRouter(since: Since) {
  return struct(
    {
      entryPoints: z.array(objectName).optional(),
      middlewares: z.array(objectName).optional(),
      service: objectName.optional(),
      rule: text.optional(),
      parentRefs: since("3.6", z.array(objectName)).optional(),
      ruleSyntax: z.enum(["default", "v3", "v2"]).optional(),
      priority: whole.optional(),
      tls: mayBeEmpty(routerTLSConfig(since)).optional(),
      observability: since("3.3", routerObservabilityConfig(since)).optional(),
    },
    {
      defaultRule: ignored(flag),
      deniedEncodedPathCharacters: ignored(since("3.6.11", encodedCharacters())),
    },
  );
}

/** Traefik's `http.models`. */
export function httpModel(since: Since) {
  return struct(
    {
      middlewares: z.array(words).optional(),
      tls: mayBeEmpty(routerTLSConfig(since)).optional(),
      observability: since("3.3", inPlace(routerObservabilityConfig(since))).optional(),
    },
    {
      deniedEncodedPathCharacters: ignored(since("3.6.11", encodedCharacters())),
      defaultRuleSyntax: ignored(words),
    },
  );
}
