import { z } from "zod";
import { duration } from "./duration.ts";
import { flag, hostPathOrContent, mayBeEmpty, preset, type Since, struct, unsaid, whole, words } from "./field.ts";
import { certificate } from "./tls.ts";

/** Traefik's `http.serversTransports.forwardingTimeouts`. */
export function forwardingTimeouts(since: Since) {
  return struct(
    {
      dialTimeout: preset(duration, "30s").optional(),
      responseHeaderTimeout: duration.optional(),
      idleConnTimeout: preset(duration, "1m30s").optional(),
      readIdleTimeout: duration.optional(),
      pingTimeout: preset(duration, "15s").optional(),
    },
    {
      readTimeout: unsaid(since("3.7", duration)),
      writeTimeout: unsaid(since("3.7", duration)),
    },
  );
}

/** Traefik's `http.serversTransports.spiffe`. */
export function spiffe() {
  return struct({
    ids: z.array(words).optional(),
    trustDomain: words.optional(),
  });
}

/** Traefik's `http.serversTransports`. */
export function serversTransport(since: Since) {
  return struct({
    serverName: words.optional(),
    insecureSkipVerify: flag.optional(),
    rootCAs: hostPathOrContent(z.array(words)).optional(),
    certificates: z.array(certificate()).optional(),
    cipherSuites: since("3.7", z.array(words)).optional(),
    minVersion: since("3.7", words).optional(),
    maxVersion: since("3.7", words).optional(),
    maxIdleConnsPerHost: whole.optional(),
    forwardingTimeouts: forwardingTimeouts(since).optional(),
    disableHTTP2: flag.optional(),
    peerCertURI: words.optional(),
    spiffe: mayBeEmpty(spiffe()).optional(),
  });
}

/** Traefik's `tcp.serversTransports.tls`. */
export function tlsClientConfig() {
  return struct({
    serverName: words.optional(),
    insecureSkipVerify: flag.optional(),
    rootCAs: hostPathOrContent(z.array(words)).optional(),
    certificates: z.array(certificate()).optional(),
    peerCertURI: words.optional(),
    spiffe: mayBeEmpty(spiffe()).optional(),
  });
}

/** Traefik's `tcp.serversTransports`. */
export function tcpServersTransport(since: Since) {
  return struct({
    dialKeepAlive: preset(duration, "15s").optional(),
    dialTimeout: preset(duration, "30s").optional(),
    proxyProtocol: since("3.5", mayBeEmpty(proxyProtocol())).optional(),
    terminationDelay: preset(duration, "100ms").optional(),
    tls: mayBeEmpty(tlsClientConfig()).optional(),
  });
}

/** Traefik's `tcp.services.loadBalancer.proxyProtocol`. With another version nothing is served, and no error is shown. (Seen on 3.7.15.) */
export function proxyProtocol() {
  return struct({
    version: preset(z.int().min(1).max(2), 2).optional(),
  });
}
