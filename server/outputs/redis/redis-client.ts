import type { Redis } from "ioredis";
import { readKeyFile, readKeyFiles } from "../../access/key-files.ts";

/** Which Redis is written, and as whom. The paths are absolute; the files are read anew for each connection. */
export interface RedisSettings {
  /** `redis://HOST:6379/0`, or `rediss://` for TLS; without a password. */
  readonly redis: string;
  readonly username?: string | undefined;
  /** The file that holds the password. */
  readonly password?: string | undefined;
  readonly tls?:
    | { readonly ca?: string | undefined; readonly certificate?: string | undefined; readonly key?: string | undefined }
    | undefined;
}

/** How long a connection and a command may take, in milliseconds. */
const patience = 5000;

/**
 * Opens a connection that is never mended: whoever has it makes another one after a failure, so that no command is sent twice. The library
 * is loaded here, since only a server with such an output needs it.
 */
export async function openRedis(settings: RedisSettings, signal: AbortSignal): Promise<Redis> {
  const { redis, username, password, tls = {} } = settings;
  const { protocol, hostname, port, pathname } = new URL(redis);
  const { ca, cert, key } = await readKeyFiles(tls);
  const secret = password === undefined ? undefined : await readKeyFile(password, { secret: true });
  const host = hostname.replace(/^\[|\]$/g, "");
  const { Redis } = await import("ioredis");
  const client = new Redis({
    host,
    port: Number(port || 6379),
    ...(protocol === "rediss:" && { tls: { ca, cert, key } }),
    lazyConnect: true,
    connectTimeout: patience,
    commandTimeout: patience,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    // What these would send, a user may not be allowed to.
    enableReadyCheck: false,
    disableClientInfo: true,
    protocol: 2,
  });
  let reason: unknown;
  client.on("error", (error) => {
    reason ??= error;
  });
  const stop = () => client.disconnect();
  signal.addEventListener("abort", stop);
  try {
    signal.throwIfAborted();
    await client.connect();
    // ioredis itself would only warn, on the terminal, if Redis has no password.
    const words = secret?.replace(/\r?\n$/, "");
    if (words !== undefined) await (username === undefined ? client.auth(words) : client.auth(username, words));
    await client.select(Number(pathname.slice(1) || 0));
    return client;
  } catch (error) {
    client.disconnect();
    throw reason ?? error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
