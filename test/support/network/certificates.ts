import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { requirePart } from "../real/parts.ts";

const run = promisify(execFile);

/** A certificate and its key, both as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Wanted {
  /** As openssl takes it: `/CN=one.test`. */
  readonly subject: string;
  /** As openssl takes them: `DNS:one.test`, `URI:rollcall://backend`. */
  readonly names?: readonly string[];
  /** It is no longer good; such a one signs itself. */
  readonly isExpired?: boolean;
  /** Signed by itself, as the certificates of LXD are. */
  readonly isSelfSigned?: boolean;
}

/** Makes an authority of its own, and a certificate that it signed for each that is wanted; good for a year. */
export async function makeCertificates<Name extends string>(
  wanted: Readonly<Record<Name, Wanted>>,
): Promise<Readonly<Record<Name | "ca", KeyPair>>> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-certificates-"));
  try {
    const made = new Map([["ca", await make(folder, "ca", { subject: "/CN=ca.test" })]]);
    for (const [name, one] of Object.entries<Wanted>(wanted)) made.set(name, await make(folder, name, one));
    return Object.fromEntries(made) as Record<Name | "ca", KeyPair>;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One that is named `ca` signs itself and the others. The machine's own openssl.cnf is not read. */
async function make(
  folder: string,
  name: string,
  { subject, names = [], isExpired = false, isSelfSigned = isExpired }: Wanted,
): Promise<KeyPair> {
  const at = (file: string) => join(folder, file);
  const isAuthority = name === "ca";
  const extensions = [
    `basicConstraints = critical, CA:${isAuthority ? "TRUE" : "FALSE"}`,
    ...(names.length > 0 ? [`subjectAltName = ${names.join(", ")}`] : []),
  ];
  const configuration = ["[req]", "distinguished_name = dn", "x509_extensions = ext", "[dn]", "[ext]", ...extensions];
  writeFileSync(at(`${name}.cnf`), `${configuration.join("\n")}\n`);
  const signed = isAuthority || isSelfSigned ? [] : ["-CA", at("ca.cert"), "-CAkey", at("ca.key")];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", at(`${name}.key`)];
  const text = ["-config", at(`${name}.cnf`), "-subj", subject, "-days", "365", "-out", at(`${name}.cert`)];
  await run("openssl", ["req", "-x509", ...key, ...text, ...signed]);
  const again = ["-in", at(`${name}.cert`), "-signkey", at(`${name}.key`), "-days", "-1", "-out", at(`${name}.cert`)];
  if (isExpired) await run("openssl", ["x509", ...again]);
  return { cert: readFileSync(at(`${name}.cert`), "utf8"), key: readFileSync(at(`${name}.key`), "utf8") };
}

/** The reason why there are no certificates: `req -x509 -CA` came with OpenSSL 3. */
export async function opensslMissing(): Promise<string | undefined> {
  const version = await run("openssl", ["version"]).then(
    ({ stdout }) => stdout.trim(),
    () => "no openssl on PATH",
  );
  return requirePart("openssl", /^OpenSSL [3-9]/.test(version) ? undefined : `${version}: OpenSSL 3 is needed`);
}
