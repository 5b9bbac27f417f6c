import type { Config } from "../server/config.ts";
import type { Step } from "./apply.ts";
import { drain, nameIn, undrain } from "./drain.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Progress } from "./terminal/progress.ts";
import { whoRuns } from "./who-runs.ts";

export interface DrainFirstOptions {
  readonly config: Config;
  /** How long requests in flight are given, in milliseconds. */
  readonly grace: number;
  /** The URLs of peers that are not waited for. @default none */
  readonly withoutPeer?: readonly string[] | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** How long the marks of a deploy hold, should it be killed; and how long it waits until they are drained. In milliseconds. */
const holds = 15 * 60_000;
const timeout = 2 * 60_000;

/**
 * Does work that ends instances, once these are drained. If it fails, what it has not begun to end is taken back; of the others the marks
 * end when the server sees that they are gone or new. Returns the exit code.
 */
export async function whileDrained(
  targets: readonly string[],
  { config, grace, withoutPeer, progress: { say }, signal }: DrainFirstOptions,
  work: (onStep: (type: Step, name: string) => void) => Promise<void>,
): Promise<number> {
  const begun = new Set<string>();
  const ended = new Set<string>();
  let set: readonly string[] = [];
  try {
    if (targets.length > 0) {
      const usual = { by: `a deploy of ${whoRuns()}`, force: true, ifPresent: true };
      const options = { config, targets, grace, withoutPeer, timeout, holds, ...usual, say, signal };
      const { code } = await drain(options, (keys) => {
        set = keys;
      });
      if (code !== exitCodes.ok) {
        const forOne = config.peers.length > 0 ? ", and --without-peer URL does not wait for that peer" : "";
        say(`nothing was changed; --no-drain does not wait${forOne}`);
        await takeBack();
        return code;
      }
    }
    await work((type, name) => {
      if (type === "apply_complete") ended.add(name);
      if (type === "apply_start") begun.add(name);
      if (type === "apply_errored") begun.delete(name);
    });
    return exitCodes.ok;
  } catch (error) {
    await takeBack();
    throw error;
  }

  async function takeBack() {
    const back = set.filter((key) => !begun.has(nameIn(key)) && !ended.has(nameIn(key)));
    if (back.length === 0) return;
    const names = back.map(nameIn).join(", ");
    await undrain(config, back, { ifPresent: true, say }).then(
      () => say(`${names}: no longer drained`),
      (error: Error) => say(`${names}: drained for up to 15 minutes: ${error.message}`),
    );
  }
}
