import { stat } from "node:fs/promises";
import type { Logger } from "pino";
import { errorWords } from "../../files/system-error.ts";

export interface KeyWatchOptions {
  readonly files: readonly string[];
  /** Reads them anew. Rejects if they can't be used: what was read before stays in use. */
  readonly load: () => Promise<void>;
  /** The listener: `provider`. */
  readonly listener: string;
  readonly log: Pick<Logger, "info" | "error">;
  /** How often they are looked at, in milliseconds. @default 2000 */
  readonly every?: number;
}

/** Reads certificates and tokens again when their files change. */
export interface KeyWatch {
  /** Why the newest files are not in use. */
  problem(): string | undefined;
  close(): void;
}

/** A certificate and its key are replaced one after the other: that they don't belong together is said once it stays so. */
export async function watchKeys({ files, load, listener, log, every = 2000 }: KeyWatchOptions): Promise<KeyWatch> {
  let seen = await stamps(files);
  let failed: string | undefined;
  let problem: string | undefined;
  let busy = false;
  async function look() {
    const now = await stamps(files);
    if (now === seen && failed === undefined) return;
    const hasChanged = now !== seen;
    seen = now;
    try {
      await load();
      failed = undefined;
      problem = undefined;
      log.info({ listener }, "its certificate or token was read again");
    } catch (error) {
      const words = errorWords(error as Error);
      if (!hasChanged && failed === words && problem !== words) {
        problem = words;
        log.error({ listener, problem }, "a new certificate or token is not used: the previous one stays in use");
      }
      failed = words;
    }
  }
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void look().finally(() => {
      busy = false;
    });
  }, every).unref();
  return { problem: () => problem, close: () => clearInterval(timer) };
}

/** What changes when a file is written or replaced, also by a link to another one. */
async function stamps(files: readonly string[]): Promise<string> {
  const all = files.map((file) =>
    stat(file).then(
      ({ ino, mtimeMs, ctimeMs, size }) => [ino, mtimeMs, ctimeMs, size].join(),
      (error: NodeJS.ErrnoException) => String(error.code),
    ),
  );
  return (await Promise.all(all)).join(" ");
}
