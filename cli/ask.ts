import { request } from "undici";
import type { Config } from "../server/config.ts";
import type { Status } from "../server/http/status.ts";

/** Asks the running server of a configuration for its status. Throws with the cure when it does not answer. */
export async function askStatus({ admin }: Config): Promise<Status> {
  const { host, port } = admin.listen;
  const at = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const answer = await request(`http://${at}/api/status`, { signal: AbortSignal.timeout(5000) }).catch(
    (error: Error) => {
      throw new Error(
        `no server answers at ${at} (${error.message}): is rollcall serve running with this configuration?`,
      );
    },
  );
  if (answer.statusCode !== 200)
    throw new Error(`${at} answers ${answer.statusCode}: is that rollcall's admin listener?`);
  return (await answer.body.json()) as Status;
}
