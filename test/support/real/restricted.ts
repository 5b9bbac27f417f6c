import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificates } from "../network/certificates.ts";
import { listenByHttps } from "./listening.ts";

/** A real daemon by https, as a client whose certificate is restricted to one project. */
export interface Restricted {
  /** SHA-256 of the daemon's certificate. */
  readonly fingerprint: string;
  readonly endpoint: {
    readonly urls: readonly [string];
    readonly tls: { readonly ca: string; readonly certificate: string; readonly key: string };
  };
  /** Leaves the daemon as it was. */
  close(): Promise<void>;
}

/** The certificate has the name of its project. */
export async function restrictedTo(socket: string, project: string): Promise<Restricted> {
  const listening = await listenByHttps(socket);
  const { client } = await makeCertificates({ client: { subject: `/CN=${project}`, isSelfSigned: true } });
  await listening.forget(project);
  await listening.trust(project, client.cert, [project]);
  const directory = mkdtempSync(join(tmpdir(), "rollcall-restricted-"));
  const write = (name: string, text: string) => {
    writeFileSync(join(directory, name), text, { mode: 0o600 });
    return join(directory, name);
  };
  const tls = {
    ca: write("server.crt", listening.certificate),
    certificate: write("client.crt", client.cert),
    key: write("client.key", client.key),
  };
  return {
    fingerprint: new X509Certificate(listening.certificate).fingerprint256.replaceAll(":", "").toLowerCase(),
    endpoint: { urls: [listening.url], tls },
    async close() {
      await listening.forget(project);
      await listening.close();
      rmSync(directory, { recursive: true });
    },
  };
}
