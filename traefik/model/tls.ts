import { z } from "zod";
import { flag, hostPathOrContent, inPlace, kept, preset, type Since, struct, words } from "./field.ts";
import { domain } from "./http-routers.ts";
import { knows } from "./version.ts";

/** What Traefik writes where no cipher suite is named: those of the Go that 3.7.15 is built with. */
const cipherSuites = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
];

/** Traefik's `tls.certificates`. */
export function certAndStores() {
  return struct({
    certFile: hostPathOrContent(words).optional(),
    keyFile: hostPathOrContent(words).optional(),
    stores: z.array(words).optional(),
  });
}

/** Traefik's `tls.options.clientAuth`. */
export function clientAuth() {
  return struct({
    caFiles: hostPathOrContent(z.array(words)).optional(),
    clientAuthType: words.optional(),
  });
}

/** Traefik's `tls.options`. */
export function tlsOptions(since: Since) {
  const list = z.array(words);
  return struct({
    minVersion: words.optional(),
    maxVersion: words.optional(),
    cipherSuites: (knows(since.version, "3.2") ? preset(list, cipherSuites) : list).optional(),
    curvePreferences: z.array(words).optional(),
    clientAuth: inPlace(clientAuth()).optional(),
    sniStrict: flag.optional(),
    alpnProtocols: preset(z.array(words), ["h2", "http/1.1", "acme-tls/1"]).optional(),
    disableSessionTickets: since("3.4", flag).optional(),
    preferServerCipherSuites: kept(flag).optional(),
  });
}

/** Traefik's `tls.stores.defaultCertificate`. */
export function certificate() {
  return struct({
    certFile: hostPathOrContent(words).optional(),
    keyFile: hostPathOrContent(words).optional(),
  });
}

/** Traefik's `tls.stores.defaultGeneratedCert`. */
export function generatedCert() {
  return struct({
    resolver: words.optional(),
    domain: domain().optional(),
  });
}

/** Traefik's `tls.stores`. */
export function tlsStore() {
  return struct({
    defaultCertificate: certificate().optional(),
    defaultGeneratedCert: generatedCert().optional(),
  });
}

/** Traefik's `tls`. */
export function tlsConfiguration(since: Since) {
  return struct({
    certificates: z.array(certAndStores()).optional(),
    options: z.record(words, tlsOptions(since)).optional(),
    stores: z.record(words, tlsStore()).optional(),
  });
}
