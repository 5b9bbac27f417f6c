import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { problemLine } from "../files/problem.ts";
import { ProblemsError } from "../files/problems-error.ts";
import { errorWords } from "../files/system-error.ts";
import type { Config } from "../server/config.ts";

export interface ConfigWatchOptions {
  /** The configuration that the server was started with. */
  readonly config: Config;
  /** What to call its file. */
  readonly name: string;
  readonly load: () => Promise<Config>;
  readonly log: Logger;
}

/** Reads the configuration again at each call, and logs if it has changed: once, or each time if `always`. */
export function createConfigWatch({ config, name, load, log }: ConfigWatchOptions): (always: boolean) => Promise<void> {
  let said: string | undefined;
  return async (always) => {
    const line = await load().then(
      (now) => (isDeepStrictEqual(now, config) ? undefined : `${name} changed: restart to apply`),
      (error) => `${name} changed and is invalid, so a restart would fail: ${wordsOf(error)}`,
    );
    if (line !== undefined && (always || line !== said)) log.warn(line);
    said = line;
  };
}

/** Without the line of the file, which may hold a secret. */
function wordsOf(error: unknown): string {
  const [first] = error instanceof ProblemsError ? error.problems : [];
  return first ? problemLine(first) : errorWords(error);
}
