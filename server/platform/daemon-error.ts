import { type PlatformName, platformOf, platforms } from "../../shared/platforms.ts";
import { failureWords, innermost, unknownAuthority, type Words } from "../access/failure.ts";
import { differences } from "./flavour.ts";

/** A call to a daemon that failed. Its message has method, path, status and the daemon's words, and the cure if there is one. */
export class DaemonError extends Error {
  override readonly name = "DaemonError";
  readonly method: string;
  readonly path: string;
  /** The HTTP status; undefined if no answer came. */
  readonly status: number | undefined;
  /** No whole answer came in time. */
  readonly isLate: boolean;

  constructor(path: string, words: string, details: Details = {}) {
    const method = details.method ?? "GET";
    const status = details.status === undefined ? "" : ` ${details.status}`;
    super(`${method} ${path}:${status} ${words}`, { cause: details.cause });
    this.method = method;
    this.path = path;
    this.status = details.status;
    this.isLate = details.isLate ?? false;
  }
}

interface Details {
  readonly method?: string;
  readonly status?: number;
  readonly cause?: unknown;
  readonly isLate?: boolean;
}

/**
 * Says what a failed connection means, and its cure. `where` is the path of a socket or an https URL. `platform` is what is expected at the
 * socket.
 */
export function connectionWords(where: string, error: unknown, platform?: PlatformName): string {
  const { code = "", message } = innermost(error);
  if (code === "UND_ERR_DESTROYED") return "no answer before the event stream was given up, which was silent too";
  if (where.startsWith("https:")) return failureWords(where, error, onHttps);
  return onSocket[code]?.(where, platform ?? platformOf({ url: where })) ?? message;
}

const onSocket: Readonly<Record<string, (where: string, platform: PlatformName) => string>> = {
  ENOENT: (socket, platform) =>
    `no socket at ${socket}: is ${platforms[platform].title} installed and started? To use another socket set ${differences[platform].socketVariable} or the source's url`,
  EACCES: (socket, platform) =>
    `no permission to open ${socket}: join its group (usermod -aG ${platforms[platform].users} USER) and log in again, or run as root`,
  ECONNREFUSED: (socket) => `nothing listens at ${socket}: the daemon has ended; start it again`,
};

const onHttps: Words = {
  ECONNREFUSED: (url) =>
    `nothing listens at ${url}: has the daemon ended, or is core.https_address not set there? Both daemons' usual port is 8443`,
  CERT_HAS_EXPIRED: (url) =>
    `the certificate of ${url} has expired: remove server.crt and server.key there and restart the daemon, then pin the new one`,
  [unknownAuthority]: (url) =>
    `${url} shows a certificate that nothing here vouches for: pin it with tls.fingerprint, or name its authority with tls.ca`,
  ERR_TLS_CERT_ALTNAME_INVALID: (url) =>
    `the certificate of ${url} is for another name: a daemon's own lacks its address, so pin it with tls.fingerprint`,
};

/** How a daemon knows a client: by its socket, by a certificate, by a bearer token. */
export type Credential = "socket" | "certificate" | "token";

/**
 * The cure if a daemon refuses a client that is restricted. Of another project's LXD says 403 "not authorized", and Incus 500 "User does
 * not have permissions for project" (seen on 5.0.2 and 6.0.4).
 */
export function refusal(credential: Credential, path: string, status: number, text: string): string {
  if (credential === "socket" || !(status === 401 || status === 403 || /not have permissions for project/.test(text)))
    return "";
  const { pathname, searchParams } = new URL(path, "http://lxd");
  const [, named] = /^\/1\.0\/projects\/([^/]+)$/.exec(pathname) ?? [];
  const project = searchParams.get("project") ?? named;
  const what = project ? `project ${project}` : "this";
  if (credential === "token") return `: the bearer token may not read ${what}, or it has expired or was revoked`;
  return `: rollcall's certificate may not read ${what}; \`config trust list\` of lxc or incus shows its projects, and \`config trust edit\` adds one`;
}

/** Why a daemon does not trust whom it answers, with the cure. */
export function untrusted(credential: Credential, extensions: readonly string[] = []): string {
  if (credential === "socket") return "the daemon does not trust this client";
  if (credential === "certificate")
    return "rollcall's certificate is not trusted there: enrol one with rollcall trust add, or add it with `config trust add` of lxc or incus";
  if (!extensions.includes("auth_bearer"))
    return "this daemon knows no bearer tokens (LXD does from 6.7 on, Incus does not): use a certificate, rollcall trust add";
  return "the bearer token is not taken: it has expired or was revoked; issue one with `lxc auth identity token issue`";
}
