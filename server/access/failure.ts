/** What a failed connection means, with its cure, by the code of the error. */
export type Words = Readonly<Record<string, (url: string) => string>>;

/** Stands for every code that says that the server's certificate is signed by an authority nobody here knows. */
export const unknownAuthority = "unknown authority";
const unknownAuthorities = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);
/** Stands for every alert by which a server refuses the client's certificate during the handshake. */
const refusedByAlert = "refused by alert";

/** A server that refuses a certificate in TLS 1.3 may end the connection before its alert is read. */
const hangsUp = (url: string) =>
  `${url} closes the connection without an answer${
    url.startsWith("https:") ? ": it may refuse rollcall's certificate, or need one (tls.certificate, tls.key)" : ""
  }`;
const common: Words = {
  ECONNREFUSED: (url) => `nothing listens at ${url}`,
  ECONNRESET: hangsUp,
  UND_ERR_SOCKET: hangsUp,
  EPIPE: hangsUp,
  ENOTFOUND: (url) => `no address is known for ${url}: is its name right?`,
  EHOSTUNREACH: (url) => `no way to ${url}: is the machine up, and does a firewall let it be reached?`,
  ENETUNREACH: (url) => `no way to ${url}: is this machine's network up?`,
  UND_ERR_CONNECT_TIMEOUT: (url) =>
    `${url} opens no connection within 5 s: the machine or its server hangs, or a firewall is in between`,
  CERT_HAS_EXPIRED: (url) => `the certificate of ${url} has expired: it needs a new one`,
  CERT_NOT_YET_VALID: (url) => `the certificate of ${url} is not valid yet: is the clock right, here and there?`,
  [unknownAuthority]: (url) =>
    `${url} shows a certificate that nothing here vouches for: name the file of its authority, or of the certificate itself, with tls.ca`,
  ERR_TLS_CERT_ALTNAME_INVALID: (url) =>
    `the certificate of ${url} is for another name: it needs this host as a subject alternative name`,
  ERR_SSL_WRONG_VERSION_NUMBER: (url) => `${url} doesn't speak TLS: is the port right?`,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: (url) => `${url} doesn't speak TLS: is the port right?`,
  [refusedByAlert]: (url) => `${url} refuses rollcall's certificate, or needs one: see tls.certificate and tls.key`,
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: () => "tls.key is not the key of tls.certificate",
};

/** Says why a connection to a URL failed, with the cure. `own` has the words that are better known where it is called. */
export function failureWords(url: string, error: unknown, own: Words = {}): string {
  const { code = "", message } = innermost(error);
  const kind = kindOf(code);
  return (own[kind] ?? common[kind])?.(url) ?? `${url}: ${message}`;
}

function kindOf(code: string): string {
  if (unknownAuthorities.has(code)) return unknownAuthority;
  return /^ERR_SSL_.*ALERT_(.*CERT|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)/.test(code) ? refusedByAlert : code;
}

/** Undici wraps the system's error; a name with several addresses has an error for each. */
export function innermost(error: unknown): { readonly code: string | undefined; readonly message: string } {
  let inner = error;
  for (;;) {
    if (inner instanceof AggregateError && inner.errors.length > 0) [inner] = inner.errors;
    else if (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
    else break;
  }
  if (!(inner instanceof Error)) return { code: undefined, message: String(inner) };
  return { code: (inner as NodeJS.ErrnoException).code, message: inner.message };
}
