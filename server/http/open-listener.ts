import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Logger } from "pino";
import { errorWords } from "../../files/system-error.ts";
import { handshakeWords, readCertificates } from "./certificate.ts";
import { guarded } from "./guard.ts";
import { watchKeys } from "./key-watch.ts";
import { type ListenerSettings, openTo } from "./listener-settings.ts";
import { boundTo, closeServer } from "./listeners.ts";
import { createRefusals } from "./refusals.ts";
import type { OwnToken } from "./token.ts";

export interface ListenerOptions {
  readonly name: "provider" | "admin";
  readonly settings: ListenerSettings;
  /** The token that its file or its owner has; undefined if it has none. */
  readonly token: OwnToken | undefined;
  /** Whether every request needs it, but those to `open`. */
  readonly needsToken: boolean;
  readonly open?: readonly string[];
  readonly log: Pick<Logger, "info" | "warn" | "error">;
}

/** A listener that is bound. */
export interface Listener {
  readonly name: "provider" | "admin";
  /** `127.0.0.1:7070` */
  readonly bound: string;
  /** Why its newest certificate or token is not in use. */
  problem(): string | undefined;
  close(): Promise<void>;
}

/** Well above any poll interval: if connections closed between polls, every poll would be the first of its connection. */
const keepAliveTimeout = 600_000;
/** How often a refusal of one kind is logged, in milliseconds. */
const pace = 60_000;

/** Listens, with what is configured in front of `listener`. Rejects with the cure if it can't. */
export async function openListener(options: ListenerOptions, listener: RequestListener): Promise<Listener> {
  const { name, settings, token, needsToken, open = [], log } = options;
  const { tls } = settings;
  const say = createRefusals({ log, pace });
  const refused = (words: string, details: object) => say(words, { listener: name, ...details });
  const clients = tls?.clients !== undefined;
  const handler = guarded({ clients, token: needsToken ? token : undefined, open, refused }, listener);
  const read = () => (tls ? readCertificates(tls) : undefined);
  const first = await Promise.resolve(read()).catch((error: Error) => {
    throw new Error(`${name}.tls: ${error.message}`);
  });
  const secure =
    first &&
    createSecureServer({ keepAliveTimeout, ...first, requestCert: clients, rejectUnauthorized: false }, handler);
  const server = secure ?? createServer({ keepAliveTimeout }, handler);
  secure?.on("tlsClientError", (error: NodeJS.ErrnoException, { remoteAddress: from }) => {
    const words = handshakeWords(error);
    if (words !== undefined) refused(words, { from });
  });
  const keys = await watchKeys({
    files: [
      ...Object.values(tls ?? {}).filter((file) => file !== undefined),
      ...(token && settings.token !== undefined ? [settings.token] : []),
    ],
    async load() {
      const next = await read();
      if (settings.token !== undefined) await token?.reread();
      if (next) secure?.setSecureContext(next);
    },
    listener: name,
    log,
  });
  await bind(server, settings.listen).catch((error) => {
    keys.close();
    throw error;
  });
  const { says, warning } = openTo(name, settings) ?? {};
  if (warning !== undefined) log.warn(warning);
  else if (says !== undefined) log.info(says);
  return {
    name,
    bound: boundTo(server),
    problem: keys.problem,
    close() {
      keys.close();
      return closeServer(server);
    },
  };
}

function bind(server: Server, { host, port }: ListenerSettings["listen"]): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "another program listens there" : errorWords(error);
      reject(new Error(`cannot listen on ${host}:${port}: ${why}`));
    });
    server.listen(port, host, () => resolve());
  });
}
