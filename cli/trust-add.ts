import { X509Certificate } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { access, readFile, rm, rmdir } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { steadyNow } from "../files/steady-now.ts";
import { errorWords, systemError } from "../files/system-error.ts";
import { writeWhole } from "../files/write-whole.ts";
import { plain } from "../server/access/tls.ts";
import { configOf } from "../server/config-file.ts";
import { askTrust, enrol } from "../server/platform/enrol.ts";
import { readJoinToken } from "../server/platform/join-token.ts";
import { addSource, blockOf, type NewSource } from "./edit/add-source.ts";
import { replaceFiles } from "./edit/replace-file.ts";
import { makeOwnCertificate } from "./own-certificate.ts";

export interface TrustAddOptions {
  /** The configuration file, which need not exist yet. */
  readonly file: string;
  /** Of the new source. */
  readonly name: string;
  /** `https://HOST:8443`. */
  readonly url: string;
  /** As it was given. */
  readonly token: string;
  readonly say: (line: string) => void;
}

/**
 * Enrols rollcall with an LXD or Incus by a join token: makes a key and a certificate beside the configuration, has the daemon trust it, and
 * adds the source. Throws an Error with the cure; nothing is left behind then, unless the daemon already trusts the certificate, which is said.
 */
export async function trustAdd(options: TrustAddOptions): Promise<void> {
  const { file, name, url, say } = options;
  const token = readJoinToken(options.token, steadyNow());
  const before = await readConfig(file);
  const paths = {
    certificate: join(dirname(file), "keys", `${name}.crt`),
    key: join(dirname(file), "keys", `${name}.key`),
  };
  const from = (path: string) => relative(dirname(file), path);
  const source: NewSource = {
    name,
    url,
    tls: { fingerprint: token.fingerprint, certificate: from(paths.certificate), key: from(paths.key) },
  };
  // What can be wrong with the file is found before anything is done.
  withSource(file, before ?? "", source);
  await access(before === undefined ? dirname(file) : file, constants.W_OK).catch((error: unknown) => {
    throw new Error(systemError(error, file) ?? errorWords(error));
  });
  await makeOwnCertificate(paths);
  const tls = { fingerprint: token.fingerprint, ...paths };
  try {
    await enrol(url, tls, token);
  } catch (error) {
    for (const path of Object.values(paths)) await rm(path, { force: true });
    // Fails, as it should, where the directory holds other keys.
    await rmdir(dirname(paths.key)).catch(() => {});
    throw error;
  }
  say(`${url} has the certificate ${token.fingerprint.slice(0, 12)} that the token names; it is pinned`);
  say(`wrote ${paths.certificate} and ${paths.key}, which only you can read`);
  let whole = source;
  try {
    const own = plain(new X509Certificate(await readFile(paths.certificate)).fingerprint256);
    const { server, platform, projects } = await askTrust(url, tls, own);
    say(
      `${server} trusts it as ${token.client}, ${projects ? `for ${projects.join(", ") || "no project"}` : "for all projects"}`,
    );
    whole = { ...source, ...(platform === "incus" && { platform }), ...(projects?.length && { projects }) };
    await write(file, before, withSource(file, before ?? "", whole));
  } catch (error) {
    throw new Error(
      `${errorWords(error)}\nthe daemon trusts the certificate now. Write this into ${file} by hand:\n${blockOf(whole)}`,
    );
  }
  say(`added the source ${name} to ${file}: rollcall serve reads it when it starts`);
}

async function readConfig(file: string): Promise<string | undefined> {
  if (!existsSync(file)) return undefined;
  return await readFile(file, "utf8");
}

/** The new text. Throws ProblemsError if the old one has errors or the new one would have. */
function withSource(file: string, text: string, source: NewSource): string {
  // Without `sources` there is one all the same, which is written together with the first.
  const has = configOf(file, Buffer.from(text)).sources.some(({ name }) => name === source.name);
  if (has) throw new Error(`${file} has a source ${source.name} already: choose another name, or remove it there`);
  const after = addSource(text, source);
  configOf(file, Buffer.from(after));
  return after;
}

async function write(file: string, before: string | undefined, after: string): Promise<void> {
  if (before === undefined) await writeWhole(resolve(file), after, 0o644);
  else await replaceFiles([{ file, before: Buffer.from(before), after: Buffer.from(after) }]);
}
