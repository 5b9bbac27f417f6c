import type { Logger } from "pino";
import { Agent } from "undici";
import { steadyNow } from "../../files/steady-now.ts";
import { type Reached, reach } from "../marks/reached.ts";
import { createWakeUp } from "../sources/wake.ts";
import type { AskTraefik } from "./ask.ts";
import { createHistory, type Documents } from "./history.ts";
import type { DownRow, OffRow } from "./rawdata.ts";
import type { TraefikApi } from "./settings.ts";

/** A Traefik whose API is known, and what it runs. */
export interface TraefikRow {
  readonly url: string;
  readonly name: string | undefined;
  /** The documents that it has run, and since when that is known of each; empty if it runs none of this server's. */
  readonly applied: Reached;
  /** Whether it answered within the last 15 s, or since the start. One that does not counts as gone. */
  readonly answering: boolean;
  /** Why the last question was not answered. */
  readonly problem: string | undefined;
  readonly off: readonly OffRow[];
  readonly down: readonly DownRow[];
}

/** The Traefiks of `traefik.api`. */
export interface Traefiks {
  rows(): readonly TraefikRow[];
  /** Asks them until the signal aborts: soon after each new version until they run it, and every 10 s. Resolves when nothing is left open. */
  run(publisher: Documents, signal: AbortSignal): Promise<void>;
}

export interface TraefiksOptions {
  readonly apis: readonly TraefikApi[];
  readonly ask: AskTraefik;
  readonly log: Pick<Logger, "info" | "warn">;
  /** Called when one is first seen to run a newer document than before. */
  readonly onApplied: (ordinal: number) => void;
  /** In milliseconds since 1970. */
  readonly now?: () => number;
}

/** Times in milliseconds. */
const soonest = 100;
const behind = 1000;
const usual = 10_000;
const goneAfter = 15_000;

type State = { -readonly [Key in Exclude<keyof TraefikRow, "answering">]: TraefikRow[Key] } & { answered: number };

export function createTraefiks({ apis, ask: askTraefik, log, onApplied, now = steadyNow }: TraefiksOptions): Traefiks {
  const history = createHistory();
  const start = { applied: [], problem: undefined, off: [], down: [], answered: now() };
  const all = apis.map((api) => ({
    api,
    wakeUp: createWakeUp(),
    /** Whether there is a new version. */
    isNew: false,
    state: { url: api.url, name: api.name, ...start } as State,
  }));
  const isGone = ({ answered }: State) => now() - answered > goneAfter;

  async function ask({ api, state }: { api: TraefikApi; state: State }, agent: Agent, signal: AbortSignal) {
    try {
      const { fingerprint, off, down } = await askTraefik(api, agent, signal);
      const ordinal = history.ordinalOf(fingerprint);
      if (state.problem !== undefined) log.info({ url: api.url }, "Traefik's API answers again");
      const before = state.applied.at(-1);
      state.applied = ordinal === undefined ? [] : reach(state.applied, { ordinal, at: now() });
      if (before && ordinal !== undefined && before.ordinal < ordinal) onApplied(ordinal);
      Object.assign(state, { off, down, problem: undefined, answered: now() });
    } catch (error) {
      if (signal.aborted) return;
      const { message } = error as Error;
      if (message !== state.problem) log.warn({ url: api.url, problem: message }, "Traefik's API does not answer");
      state.problem = message;
    }
  }

  return {
    rows: () => all.map(({ state: { answered: _, ...row }, state }) => ({ ...row, answering: !isGone(state) })),
    async run(publisher, signal) {
      if (all.length === 0) return;
      history.follow(publisher);
      publisher.onVersion(() => {
        for (const one of all) {
          one.isNew = true;
          one.wakeUp.ring();
        }
      });
      const agent = new Agent({ connections: 1, pipelining: 1 });
      async function follow(one: (typeof all)[number]) {
        const { state, wakeUp } = one;
        for (let pace = soonest; !signal.aborted; ) {
          const isBehind = state.problem !== undefined || (state.applied.at(-1)?.ordinal ?? 0) !== publisher.ordinal();
          one.isNew = false;
          await wakeUp.wait(isBehind && !isGone(state) ? pace : usual, signal);
          if (signal.aborted) return;
          if (!one.isNew) await ask(one, agent, signal);
          pace = one.isNew ? soonest : Math.min(behind, pace * 2);
        }
      }
      await Promise.all(all.map(follow));
      await agent.destroy();
    },
  };
}
