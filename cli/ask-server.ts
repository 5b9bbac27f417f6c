import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type IncomingMessage, request as plainRequest } from "node:http";
import { text } from "node:stream/consumers";
import type { ConnectionOptions } from "node:tls";
import { errorWords } from "../files/system-error.ts";
import type { Config } from "../server/config.ts";
import { readsNeedToken } from "../server/http/listener-settings.ts";
import { ownAgent } from "../server/http/live-pollers.ts";
import type { Status } from "../server/http/status.ts";
import { tokenFile } from "../server/http/token.ts";
import type { Written } from "../server/outputs/writer.ts";

/** Asks the running server of a configuration for its status. Throws with the cure if it does not answer. */
export async function askStatus(config: Config): Promise<Status> {
  const { admin } = config;
  const headers = readsNeedToken(admin) ? await bearer(tokenFile(config)) : {};
  const { at, status, body } = await ask(config, "admin", "/api/status", { headers });
  refuse(at, status, body);
  if (status !== 200) throw new Error(`${at} answers ${status}: is that rollcall's admin listener?`);
  return JSON.parse(body) as Status;
}

/** The document that the server of a configuration gives Traefik. Throws with the cure if there is none. */
export async function askDocument(config: Config): Promise<Written> {
  const { token } = config.provider;
  const headers = token === undefined ? {} : await bearer(token);
  const { at, status, body } = await ask(config, "provider", "/traefik?hold=off&name=rollcall", { headers });
  refuse(at, status, body);
  if (status === 423) throw new Error("the document is locked: `rollcall status` says what it waits for");
  if (status !== 200) throw new Error(`${at} answers ${status}: is that rollcall's provider listener?`);
  const bytes = Buffer.from(body);
  return { version: createHash("sha256").update(bytes).digest("hex"), body: bytes, document: JSON.parse(body) };
}

/** Has the running server of a configuration change something. Throws with what it says if it refuses, or with the cure if it can't be asked. */
export async function askToWrite<T>(config: Config, { method, path, body }: Write): Promise<T> {
  const file = tokenFile(config);
  const json = JSON.stringify(body);
  const headers = {
    ...(await bearer(file)),
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(json)),
  };
  const answer = await ask(config, "admin", path, { method, headers, body: json });
  const said = parsed(answer.body);
  if (answer.status === 200) return said as T;
  if (answer.status === 401) throw new Error(`the token of ${file} is not that of the server at ${answer.at}`);
  throw new Error(said?.detail ?? `${answer.at} answers ${answer.status}: is that rollcall's admin listener?`);
}

interface Write {
  readonly method: "POST" | "DELETE";
  readonly path: string;
  readonly body: object;
}

function parsed(body: string): { readonly detail?: string } | undefined {
  try {
    return JSON.parse(body) as { readonly detail?: string };
  } catch {
    return undefined;
  }
}

async function bearer(file: string): Promise<{ readonly Authorization: string }> {
  const token = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    const cure = "it is made by rollcall serve, for its own user; admin.token can name a file that you may read";
    throw new Error(`no token: ${file}: ${errorWords(error)}; ${cure}`);
  });
  return { Authorization: `Bearer ${token.trim()}` };
}

/** Throws for the answer of a guard: its detail is rollcall's own. */
function refuse(at: string, status: number | undefined, body: string): void {
  if (status === 401) throw new Error(`the token of this configuration is not that of the server at ${at}`);
  if (status === 403)
    throw new Error(
      `${at} refuses this client${parsed(body)?.detail === undefined ? "" : `: ${parsed(body)?.detail}`}; verbs: { certificate, key } names what is shown`,
    );
}

interface Asked {
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request on a connection of its own. It uses node:http, because undici takes longer to load than the rest of `status`. */
async function ask(config: Config, listener: "provider" | "admin", path: string, { body, headers, ...options }: Asked) {
  const { listen, tls } = config[listener];
  const { host, port } = listen;
  const at = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const signal = AbortSignal.timeout(body === undefined ? 5000 : 15_000);
  const own = tls && (await ownTls(tls.certificate, config.verbs));
  const request = tls ? (await import("node:https")).request : plainRequest;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const all = { ...options, ...own, signal, agent: false, headers: { "User-Agent": ownAgent, ...headers } };
    request(`${tls ? "https" : "http"}://${at}${path}`, all, resolve)
      .once("error", reject)
      .end(body);
  }).catch((error: Error) => {
    const words = errorWords(signal.aborted ? signal.reason : error);
    throw new Error(`no server answers at ${at} (${words}): is rollcall serve running with this configuration?`);
  });
  return { at, status: answer.statusCode, body: await text(answer) };
}

/** Trusts the certificate that the configuration names and no other, whatever names are in it. */
async function ownTls(certificate: string, verbs: Config["verbs"]): Promise<ConnectionOptions> {
  const { X509Certificate } = await import("node:crypto");
  const own = new X509Certificate(await readPem(certificate));
  return {
    ca: own.toString(),
    allowPartialTrustChain: true,
    checkServerIdentity: (_, shown) =>
      shown.fingerprint256 === own.fingerprint256
        ? undefined
        : new Error(`it shows another certificate than ${certificate}`),
    ...(verbs.certificate !== undefined && { cert: await readPem(verbs.certificate) }),
    ...(verbs.key !== undefined && { key: await readPem(verbs.key) }),
  } as ConnectionOptions;
}

const readPem = (file: string) =>
  readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${file}: ${errorWords(error)}`);
  });
