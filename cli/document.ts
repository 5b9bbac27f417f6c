import { request } from "undici";
import type { Config } from "../server/config.ts";

/** The document that the server of a configuration answers Traefik with. Throws with the cure when there is none. */
export async function askDocument({ provider }: Config): Promise<object> {
  const { host, port } = provider.listen;
  const at = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const signal = AbortSignal.timeout(5000);
  const answer = await request(`http://${at}/traefik?hold=off&name=rollcall`, { signal }).catch((error: Error) => {
    throw new Error(
      `no server answers at ${at} (${error.message}): is rollcall serve running with this configuration?`,
    );
  });
  const body = (await answer.body.json()) as object;
  if (answer.statusCode === 423) throw new Error("the document is locked: `rollcall status` says whom it waits for");
  if (answer.statusCode !== 200)
    throw new Error(`${at} answers ${answer.statusCode}: is that rollcall's provider listener?`);
  return body;
}
