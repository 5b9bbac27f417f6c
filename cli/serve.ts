import { type LoggerOptions, pino } from "pino";
import { harmlessDeep } from "../files/harmless.ts";
import { type Config, resyncOf } from "../server/config.ts";
import type { ServeOptions, Serving } from "../server/serve.ts";
import { createConfigWatch } from "./config-watch.ts";

export interface ServeVerbOptions {
  /** Reads the configuration. Throws ProblemsError. */
  readonly load: () => Promise<Config>;
  /** Starts it: `serve`, or `follow`. */
  readonly serve: (options: ServeOptions) => Promise<Serving>;
  /** What to call its file. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Whether the log goes to a terminal. */
  readonly pretty: boolean;
}

const stopping = ["SIGTERM", "SIGINT"] as const;

/** Serves until SIGTERM or SIGINT. SIGHUP reads the files again; the log says if the configuration has changed, which needs a restart. */
export async function serveVerb({ load, serve, file, environment, version, pretty }: ServeVerbOptions): Promise<void> {
  const config = await load();
  const log = await createLog(pretty, environment.ROLLCALL_LOG ?? "info");
  const stop = new AbortController();
  const onStop = (signal: NodeJS.Signals) => {
    log.info({ signal }, "stopping");
    stop.abort();
  };
  for (const signal of stopping) process.once(signal, onStop);
  const watchConfig = createConfigWatch({ config, name: file, load, log });
  const watching = setInterval(() => void watchConfig(false), resyncOf(config)).unref();
  let reload = async () => {};
  const onHangUp = () => void Promise.all([watchConfig(true), reload()]);
  // Before the server runs, too: without a handler SIGHUP ends the process.
  process.on("SIGHUP", onHangUp);
  try {
    const serving = await serve({ config, environment, version, log, signal: stop.signal });
    ({ reload } = serving);
    await serving.ended;
  } finally {
    process.off("SIGHUP", onHangUp);
    for (const signal of stopping) process.off(signal, onStop);
    clearInterval(watching);
  }
  log.info("stopped");
}

/**
 * The log goes to standard error: JSON, or readable lines on a terminal. Names in it come from guests and LXD: no text can move the
 * cursor of a terminal that shows the log.
 */
async function createLog(pretty: boolean, level: string) {
  const options: LoggerOptions = {
    level,
    base: null,
    hooks: {
      logMethod(args, method) {
        method.apply(this, args.map(harmlessDeep) as typeof args);
      },
    },
  };
  if (!pretty) {
    const destination = pino.destination({ fd: 2, sync: true });
    // A log that can't be written, on a full disk, does not end the server.
    destination.on("error", () => {});
    return pino(options, destination);
  }
  const { default: prettyStream } = await import("pino-pretty");
  return pino(options, prettyStream({ destination: 2, sync: true, ignore: "pid,hostname", singleLine: true }));
}
