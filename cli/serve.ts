import { pino } from "pino";
import type { Config } from "../server/config.ts";
import { serve } from "../server/serve.ts";

export interface ServeVerbOptions {
  readonly config: Config;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Whether a person reads the log. */
  readonly pretty: boolean;
}

/** Serves until SIGTERM or SIGINT; SIGHUP reads the group files again. */
export async function serveVerb({ config, environment, version, pretty }: ServeVerbOptions): Promise<void> {
  const log = await createLog(pretty, environment.ROLLCALL_LOG ?? "info");
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => {
      log.info({ signal }, "stopping");
      stop.abort();
    });
  let reload = () => {};
  const onHangUp = () => reload();
  // Before the server is there, too: a SIGHUP that nobody takes ends the process.
  process.on("SIGHUP", onHangUp);
  try {
    const serving = await serve({ config, environment, version, log, signal: stop.signal });
    ({ reload } = serving);
    await serving.ended;
  } finally {
    process.off("SIGHUP", onHangUp);
  }
  log.info("stopped");
}

/** The log goes to standard error: JSON, or lines for a person. */
async function createLog(pretty: boolean, level: string) {
  if (!pretty) return pino({ level, base: null }, pino.destination({ fd: 2, sync: true }));
  const { default: prettyStream } = await import("pino-pretty");
  return pino({ level, base: null }, prettyStream({ destination: 2, sync: true, ignore: "pid,hostname" }));
}
