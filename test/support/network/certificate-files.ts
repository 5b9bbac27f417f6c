import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KeyPair, makeCertificates } from "./certificates.ts";

/** Certificates of two authorities, as files `NAME.crt` and `NAME.key`, in a directory of their own. */
export interface CertificateFiles {
  at(file: string): string;
  /** Replaces a file as certbot does, or any other: by a rename. */
  put(file: string, text: string): void;
  readonly pairs: Readonly<Record<"ca" | "server" | "newer" | "client" | "late", KeyPair>>;
  /** Signed by an authority of its own. */
  readonly strangers: Readonly<Record<"ca" | "client", KeyPair>>;
  clear(): void;
}

/** `token` holds `sesame-sesame-sesame`, `wrong-token` another one. */
export async function certificateFiles(): Promise<CertificateFiles> {
  const directory = mkdtempSync(join(tmpdir(), "rollcall-listeners-"));
  const at = (file: string) => join(directory, file);
  const put = (file: string, text: string) => {
    writeFileSync(at(`${file}.new`), text, { mode: 0o600 });
    renameSync(at(`${file}.new`), at(file));
  };
  const names = ["IP:127.0.0.1"];
  const pairs = await makeCertificates({
    server: { subject: "/CN=one", names },
    newer: { subject: "/CN=two", names },
    client: { subject: "/CN=traefik" },
    late: { subject: "/CN=traefik", isExpired: true },
  });
  const strangers = await makeCertificates({ client: { subject: "/CN=traefik" } });
  for (const [prefix, all] of [
    ["", pairs],
    ["stranger-", strangers],
  ] as const)
    for (const [name, { cert, key }] of Object.entries<KeyPair>(all)) {
      put(`${prefix}${name}.crt`, cert);
      put(`${prefix}${name}.key`, key);
    }
  put("token", "sesame-sesame-sesame\n");
  put("wrong-token", "wrong-wrong-wrong-wrong\n");
  return { at, put, pairs, strangers, clear: () => rmSync(directory, { recursive: true }) };
}
