import { z } from "zod";
import { duration } from "./duration.ts";
import { flag, hostPathOrContent, ignored, kept, preset, type Since, struct, whole, words } from "./field.ts";
import { sourceCriterion } from "./source-criterion.ts";

/** Traefik's `http.middlewares.rateLimit.redis.tls`. */
export function redisTls() {
  return struct({
    ca: hostPathOrContent(words).optional(),
    cert: hostPathOrContent(words).optional(),
    key: hostPathOrContent(words).optional(),
    insecureSkipVerify: flag.optional(),
  });
}

/** Traefik's `http.middlewares.rateLimit.redis`. */
export function redis() {
  return struct({
    endpoints: preset(z.array(words), ["localhost:6379"]).optional(),
    tls: redisTls().optional(),
    username: words.optional(),
    password: words.optional(),
    db: whole.optional(),
    poolSize: whole.optional(),
    minIdleConns: whole.optional(),
    maxActiveConns: whole.optional(),
    readTimeout: preset(kept(duration), "3s").optional(),
    writeTimeout: preset(kept(duration), "3s").optional(),
    dialTimeout: preset(kept(duration), "5s").optional(),
  });
}

/** Traefik's `http.middlewares.rateLimit`. */
export function rateLimit(since: Since) {
  return struct({
    average: whole.optional(),
    period: preset(duration, "1s").optional(),
    burst: preset(whole, 1).optional(),
    sourceCriterion: sourceCriterion(since).optional(),
    redis: since("3.4", redis()).optional(),
  });
}

/** Traefik's `http.middlewares.inFlightReq`. */
export function inFlightReq(since: Since) {
  return struct({
    amount: whole.optional(),
    sourceCriterion: sourceCriterion(since).optional(),
  });
}

/** Traefik's `http.middlewares.buffering`. */
export function buffering(since: Since) {
  return struct(
    {
      maxRequestBodyBytes: whole.optional(),
      memRequestBodyBytes: whole.optional(),
      maxResponseBodyBytes: whole.optional(),
      memResponseBodyBytes: whole.optional(),
      retryExpression: words.optional(),
    },
    {
      disableRequestBuffer: ignored(since("3.7", flag)),
      disableResponseBuffer: ignored(since("3.7", flag)),
    },
  );
}

/** Traefik's `http.middlewares.circuitBreaker`. */
export function circuitBreaker() {
  return struct({
    expression: words.optional(),
    checkPeriod: preset(duration, "100ms").optional(),
    fallbackDuration: preset(duration, "10s").optional(),
    recoveryDuration: preset(duration, "10s").optional(),
    responseCode: preset(whole, 503).optional(),
  });
}

/** Traefik's `http.middlewares.retry`. */
export function retry(since: Since) {
  return struct({
    attempts: whole.optional(),
    timeout: since("3.7", duration).optional(),
    initialInterval: duration.optional(),
    maxRequestBodyBytes: since("3.7", preset(kept(whole), 2_097_152)).optional(),
    status: since("3.7", z.array(words)).optional(),
    disableRetryOnNetworkError: since("3.7", flag).optional(),
    retryNonIdempotentMethod: since("3.7", flag).optional(),
  });
}
