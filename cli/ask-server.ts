import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { errorWords } from "../files/system-error.ts";
import type { Config } from "../server/config.ts";
import { ownAgent, type Status } from "../server/http/status.ts";

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

/** One request on a connection of its own. It uses node:http, because undici takes longer to load than the rest of `status`. */
async function ask({ host, port }: Config["admin"]["listen"], path: string) {
  const at = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const signal = AbortSignal.timeout(5000);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`http://${at}${path}`, { signal, agent: false, headers: { "User-Agent": ownAgent } }, resolve).once(
      "error",
      reject,
    );
  }).catch((error: Error) => {
    const words = errorWords(signal.aborted ? signal.reason : error);
    throw new Error(`no server answers at ${at} (${words}): is rollcall serve running with this configuration?`);
  });
  return { at, status: answer.statusCode, body: await text(answer) };
}
