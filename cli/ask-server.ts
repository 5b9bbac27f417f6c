import { readFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { errorWords } from "../files/system-error.ts";
import type { Config } from "../server/config.ts";
import { ownAgent, type Status } from "../server/http/status.ts";
import { tokenFile } from "../server/http/token.ts";

/** Asks the running server of a configuration for its status. Throws with the cure if it does not answer. */
export async function askStatus({ admin }: Config): Promise<Status> {
  const { at, status, body } = await ask(admin.listen, "/api/status");
  if (status !== 200) throw new Error(`${at} answers ${status}: is that rollcall's admin listener?`);
  return JSON.parse(body) as Status;
}

/** The document that the server of a configuration gives Traefik. Throws with the cure if there is none. */
export async function askDocument({ provider }: Config): Promise<object> {
  const { at, status, body } = await ask(provider.listen, "/traefik?hold=off&name=rollcall");
  if (status === 423) throw new Error("the document is locked: `rollcall status` says what it waits for");
  if (status !== 200) throw new Error(`${at} answers ${status}: is that rollcall's provider listener?`);
  return JSON.parse(body) as object;
}

/** Has the running server of a configuration change something. Throws with what it says if it refuses, or with the cure if it can't be asked. */
export async function askToWrite<T>(config: Config, { method, path, body }: Write): Promise<T> {
  const file = tokenFile(config);
  const token = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    const cure = "it is made by rollcall serve, for its own user; admin.token can name a file that you may read";
    throw new Error(`no token: ${file}: ${errorWords(error)}; ${cure}`);
  });
  const json = JSON.stringify(body);
  const headers = {
    Authorization: `Bearer ${token.trim()}`,
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(json)),
  };
  const answer = await ask(config.admin.listen, path, { method, headers, body: json });
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

/** One request on a connection of its own. It uses node:http, because undici takes longer to load than the rest of `status`. */
async function ask(
  { host, port }: Config["admin"]["listen"],
  path: string,
  { body, headers, ...options }: { method?: string; headers?: Readonly<Record<string, string>>; body?: string } = {},
) {
  const at = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const signal = AbortSignal.timeout(body === undefined ? 5000 : 15_000);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const all = { ...options, signal, agent: false, headers: { "User-Agent": ownAgent, ...headers } };
    request(`http://${at}${path}`, all, resolve).once("error", reject).end(body);
  }).catch((error: Error) => {
    const words = errorWords(signal.aborted ? signal.reason : error);
    throw new Error(`no server answers at ${at} (${words}): is rollcall serve running with this configuration?`);
  });
  return { at, status: answer.statusCode, body: await text(answer) };
}
