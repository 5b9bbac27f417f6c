import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { steadyNow } from "../../files/steady-now.ts";
import { readKeyFile } from "../access/key-files.ts";
import type { ListenerSettings } from "./listener-settings.ts";

/** Reads the certificates of a listener. Throws an Error with the cure if they can't be used. */
export async function readCertificates(tls: NonNullable<ListenerSettings["tls"]>): Promise<SecureContextOptions> {
  const { certificate, key, clients } = tls;
  const read = {
    cert: await readCertificate(certificate),
    key: await readKeyFile(key, { secret: true }),
    ...(clients !== undefined && { ca: await readCertificate(clients) }),
    minVersion: "TLSv1.2" as const,
  };
  try {
    createSecureContext(read);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH")
      throw new Error(`${key} is not the key of ${certificate}`);
    throw new Error(`${key} holds no key in PEM that can be read without a password`);
  }
  return read;
}

async function readCertificate(file: string): Promise<string> {
  const pem = await readKeyFile(file);
  const validTo = expiry(pem);
  if (validTo === undefined) throw new Error(`${file} holds no certificate in PEM`);
  if (Date.parse(validTo) < steadyNow()) throw new Error(`the certificate ${file} expired on ${validTo}`);
  return pem;
}

function expiry(pem: string): string | undefined {
  try {
    return new X509Certificate(pem).validTo;
  } catch {
    return undefined;
  }
}

/** What it means that a client and this server agree on no connection; undefined where it says nothing, such as for a connection that ended. */
export function handshakeWords({ code = "" }: NodeJS.ErrnoException): string | undefined {
  if (code === "ERR_SSL_HTTP_REQUEST") return "a client speaks plain http: its URL begins with https here";
  if (/UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|NO_SHARED_CIPHER/.test(code))
    return "a client speaks only TLS that is too old: 1.2 is the least";
  if (/ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN)/.test(code))
    return "a client does not trust this certificate: it needs its authority, and the name that it asks for in the certificate";
  if (/ALERT_CERTIFICATE_EXPIRED/.test(code)) return "a client says that this certificate has expired";
  return undefined;
}
