import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { chmod, mkdir, open, rm, rmdir } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { systemError } from "../files/system-error.ts";

const run = promisify(execFile);
const tenYears = "3650";

/**
 * Makes a key (P-384, as LXD's own client does) and a certificate of it for ten years, each in a new file; only this user can read the
 * key. Node makes the key, openssl the certificate. Throws an Error with the cure, and leaves no file then.
 */
export async function makeOwnCertificate(files: { readonly certificate: string; readonly key: string }): Promise<void> {
  const { certificate, key } = files;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
  await mkdir(dirname(key), { recursive: true, mode: 0o700 });
  await writeNew(key, privateKey.export({ type: "pkcs8", format: "pem" }) as string, 0o600);
  try {
    // A request signs its key and nothing else; the machine's own openssl.cnf need not be there.
    const subject = `/O=rollcall/CN=rollcall@${hostname().replace(/[^\w.-]/g, "")}`;
    const words = ["req", "-x509", "-new", "-key", key, "-sha384", "-days", tenYears, "-subj", subject];
    await writeNew(certificate, (await run("openssl", words)).stdout, 0o644);
  } catch (error) {
    await rm(key, { force: true });
    await rmdir(dirname(key)).catch(() => {});
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT") throw new Error("there is no openssl on PATH, which makes the certificate: install it");
    throw stderr === undefined ? error : new Error(`openssl made no certificate: ${stderr.trim().split("\n").at(-1)}`);
  }
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    await using file = await open(path, "wx", mode);
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    throw new Error(systemError(error, path) ?? (error as Error).message);
  }
  await chmod(path, mode);
}
