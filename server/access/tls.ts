import type { X509Certificate } from "node:crypto";
import { type ConnectionOptions, connect } from "node:tls";
import { buildConnector } from "undici";
import { readKeyFiles, type TlsFiles } from "./key-files.ts";

/** How long a connection may take, in milliseconds. */
const patience = 5000;

/** Opens connections to an https listener. A server whose certificate is not the pinned one is sent nothing, not even rollcall's certificate. */
export function tlsConnector(tls: TlsFiles): buildConnector.connector {
  return (options, callback) => {
    // Opening throws too, such as for a key of another certificate.
    connectorFor(tls, options)
      .then((open) => open(options, callback))
      .catch((error: Error) => callback(error, null));
  };
}

async function connectorFor(tls: TlsFiles, { hostname, port }: buildConnector.Options) {
  const { ca, ...own } = await readKeyFiles(tls);
  const trusted = tls.fingerprint === undefined ? {} : await pinned(tls.fingerprint, hostname, Number(port || 443));
  const trust: ConnectionOptions = { ...trusted, ...(ca !== undefined && { ca }) };
  return buildConnector({ ...trust, ...own, timeout: patience, maxCachedSessions: 0 } as buildConnector.BuildOptions);
}

/**
 * The certificate that the server shows, as the only one that is trusted, if it is the pinned one. Node can't trust a fingerprint alone:
 * it wants the certificate itself. The name in it doesn't matter: a daemon's own certificate lacks its address.
 */
async function pinned(fingerprint: string, hostname: string, port: number) {
  const shown = await shownCertificate(hostname, port);
  const refusal = (found: string) => (found === fingerprint ? undefined : new WrongFingerprint(found, fingerprint));
  const refused = refusal(plain(shown.fingerprint256));
  if (refused) throw refused;
  return {
    ca: shown.toString(),
    allowPartialTrustChain: true,
    checkServerIdentity: (_: string, { fingerprint256 }: { fingerprint256: string }) => refusal(plain(fingerprint256)),
  };
}

/** The certificate of the server, which has proven that it has its key. It is sent nothing. Rejects if no TLS server answers. */
export function shownCertificate(hostname: string, port: number): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port });
    // Comes before Node ends the connection, as it knows no authority of this certificate.
    socket.prependListener("secure", () => {
      const shown = socket.getPeerX509Certificate();
      if (shown) resolve(shown);
      else reject(new Error("it showed no certificate"));
    });
    socket.on("error", reject);
    socket.on("secureConnect", () => socket.destroy());
    socket.setTimeout(patience, () => {
      reject(Object.assign(new Error("silent"), { code: "UND_ERR_CONNECT_TIMEOUT" }));
      socket.destroy();
    });
  });
}

/** The fingerprint as LXD writes it: lower case, without colons. */
export function plain(fingerprint: string): string {
  return fingerprint.replaceAll(":", "").toLowerCase();
}

class WrongFingerprint extends Error {
  constructor(found: string, wanted: string) {
    super(
      `it shows the certificate ${found.slice(0, 12)}, not the pinned ${wanted.slice(0, 12)}: nothing was sent to it. ` +
        'If it has a new certificate, write the certificate_fingerprint that "lxc info" prints on that machine into tls.fingerprint',
    );
  }
}
