import { z } from "zod";
import {
  flag,
  hostPath,
  hostPathOrContent,
  kept,
  mayBeEmpty,
  preset,
  type Since,
  struct,
  whole,
  words,
} from "./field.ts";
import { ipStrategy } from "./source-criterion.ts";

/** Traefik's `http.middlewares.ipWhiteList`. */
export function ipWhiteList(since: Since) {
  return struct({
    sourceRange: z.array(words).optional(),
    ipStrategy: mayBeEmpty(ipStrategy(since)).optional(),
  });
}

/** Traefik's `http.middlewares.ipAllowList`. */
export function ipAllowList(since: Since) {
  return struct({
    sourceRange: z.array(words).optional(),
    ipStrategy: mayBeEmpty(ipStrategy(since)).optional(),
    rejectStatusCode: whole.optional(),
  });
}

/** Traefik's `http.middlewares.encodedCharacters`. */
export function encodedCharacters() {
  return struct({
    allowEncodedSlash: flag.optional(),
    allowEncodedBackSlash: flag.optional(),
    allowEncodedNullCharacter: flag.optional(),
    allowEncodedSemicolon: flag.optional(),
    allowEncodedPercent: flag.optional(),
    allowEncodedQuestionMark: flag.optional(),
    allowEncodedHash: flag.optional(),
  });
}

/** Traefik's `http.middlewares.basicAuth`. */
export function basicAuth() {
  return struct({
    users: z.array(words).optional(),
    usersFile: hostPath(words).optional(),
    realm: words.optional(),
    removeHeader: flag.optional(),
    headerField: words.optional(),
  });
}

/** Traefik's `http.middlewares.digestAuth`. */
export function digestAuth() {
  return struct({
    users: z.array(words).optional(),
    usersFile: hostPath(words).optional(),
    removeHeader: flag.optional(),
    realm: words.optional(),
    headerField: words.optional(),
  });
}

/** Traefik's `http.middlewares.forwardAuth.tls`. */
export function forwardAuthTls() {
  return struct({
    ca: hostPathOrContent(words).optional(),
    cert: hostPathOrContent(words).optional(),
    key: hostPathOrContent(words).optional(),
    insecureSkipVerify: flag.optional(),
    caOptional: kept(flag).optional(),
  });
}

/** Traefik's `http.middlewares.forwardAuth`. */
export function forwardAuth(since: Since) {
  return struct({
    address: words.optional(),
    tls: forwardAuthTls().optional(),
    trustForwardHeader: kept(flag).optional(),
    authResponseHeaders: z.array(words).optional(),
    authResponseHeadersRegex: words.optional(),
    authRequestHeaders: z.array(words).optional(),
    maxResponseBodySize: since("3.6.11", kept(whole)).optional(),
    addAuthCookiesToResponse: z.array(words).optional(),
    headerField: since("3.2", words).optional(),
    forwardBody: since("3.3", flag).optional(),
    maxBodySize: since("3.3", preset(kept(whole), -1)).optional(),
    preserveLocationHeader: since("3.3", flag).optional(),
    preserveRequestMethod: since("3.4", flag).optional(),
    authSigninURL: since("3.7", words).optional(),
  });
}

/** Traefik's `http.middlewares.passTLSClientCert.info.subject`. */
export function tlsClientCertificateSubjectDNInfo() {
  return struct({
    country: flag.optional(),
    province: flag.optional(),
    locality: flag.optional(),
    organization: flag.optional(),
    organizationalUnit: flag.optional(),
    commonName: flag.optional(),
    serialNumber: flag.optional(),
    domainComponent: flag.optional(),
  });
}

/** Traefik's `http.middlewares.passTLSClientCert.info.issuer`. */
export function tlsClientCertificateIssuerDNInfo() {
  return struct({
    country: flag.optional(),
    province: flag.optional(),
    locality: flag.optional(),
    organization: flag.optional(),
    commonName: flag.optional(),
    serialNumber: flag.optional(),
    domainComponent: flag.optional(),
  });
}

/** Traefik's `http.middlewares.passTLSClientCert.info`. */
export function tlsClientCertificateInfo() {
  return struct({
    notAfter: flag.optional(),
    notBefore: flag.optional(),
    sans: flag.optional(),
    serialNumber: flag.optional(),
    subject: tlsClientCertificateSubjectDNInfo().optional(),
    issuer: tlsClientCertificateIssuerDNInfo().optional(),
  });
}

/** Traefik's `http.middlewares.passTLSClientCert`. */
export function passTLSClientCert() {
  return struct({
    pem: flag.optional(),
    info: tlsClientCertificateInfo().optional(),
  });
}
