import { X509Certificate } from "node:crypto";
import { open } from "node:fs/promises";
import { steadyNow } from "../../files/steady-now.ts";
import { systemError } from "../../files/system-error.ts";

/** Which server is trusted, and how it knows rollcall. The paths are absolute; the files are read anew for each connection. */
export interface TlsFiles {
  /** SHA-256 of the server's certificate: 64 hexadecimal digits. @default the host name must be right, and `ca` or the system trust it */
  readonly fingerprint?: string | undefined;
  /** PEM of the certificate authority, or of the server's own certificate. */
  readonly ca?: string | undefined;
  /** PEM of rollcall's own certificate and its key. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** A bearer token, which LXD knows by its extension `auth_bearer`. */
  readonly token?: string | undefined;
}

/** What the files of a TLS connection hold. */
export interface KeyFiles {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Reads them. Throws an Error with the cure: for a key that others can read, as ssh does, and for a certificate that has expired. */
export async function readKeyFiles({ ca, certificate, key }: TlsFiles): Promise<KeyFiles> {
  const cert = certificate === undefined ? undefined : await readKeyFile(certificate);
  if (cert !== undefined && certificate !== undefined) refuseExpired(certificate, cert);
  return {
    ca: ca === undefined ? undefined : await readKeyFile(ca),
    cert,
    key: key === undefined ? undefined : await readKeyFile(key, { secret: true }),
  };
}

/** The header of a bearer token. Throws an Error with the cure. */
export async function tokenHeader({ token }: TlsFiles): Promise<{ authorization?: string }> {
  if (token === undefined) return {};
  const text = (await readKeyFile(token, { secret: true })).trim();
  if (!/^[\x21-\x7e]+$/.test(text)) throw new Error(`${token} holds no token: one is text without spaces`);
  return { authorization: `Bearer ${text}` };
}

/** The text of a file. Throws an Error with the cure: for a `secret` that others can read, as ssh does. */
export async function readKeyFile(path: string, { secret = false } = {}): Promise<string> {
  try {
    await using file = await open(path);
    const { mode } = await file.stat();
    if (secret && (mode & 0o077) !== 0) throw new Error(`${path} can be read by others: chmod 600 ${path}`);
    return await file.readFile("utf8");
  } catch (error) {
    throw new Error(systemError(error, path) ?? (error as Error).message);
  }
}

function refuseExpired(path: string, pem: string) {
  const { validTo } = parsed(path, pem);
  if (Date.parse(validTo) < steadyNow())
    throw new Error(
      `rollcall's own certificate ${path} expired on ${validTo}: it needs a new one (for a daemon: rollcall trust add)`,
    );
}

function parsed(path: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new Error(`${path} holds no certificate in PEM`);
  }
}
