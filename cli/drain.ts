import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../server/config.ts";
import type { Status } from "../server/http/status.ts";
import { isServed } from "../server/roll-call/plan.ts";
import { askStatus } from "./ask-server.ts";
import { unfetched } from "./standing.ts";

/** The replicas that the server has in the load balancer. */
export function servedIn({ groups }: Status): ReadonlySet<string> {
  const rows = groups.flatMap(({ replicas }) => replicas.filter(({ state }) => isServed(state)));
  return new Set(rows.map(({ replica }) => replica));
}

export interface DrainOptions {
  readonly config: Config;
  /** The replicas that will be destroyed. */
  readonly names: readonly string[];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** How long to wait, in milliseconds: a Traefik that polls without being held asks every 5 s. */
const patience = 6000;

/**
 * Waits until the server has taken replicas out of the load balancer and every live poller has fetched that, so that no request is sent to
 * an instance that is destroyed. After 6 s it says what is still there, and ends.
 */
export async function waitForDrain({ config, names, say, signal }: DrainOptions): Promise<void> {
  const until = Date.now() + patience;
  for (;;) {
    const status = await askStatus(config);
    const served = servedIn(status);
    const left = names.filter((name) => served.has(name));
    const lacking =
      left.length > 0 ? [`${left.join(", ")} still in the load balancer`] : unfetched(status, { pollers: 0 });
    if (lacking.length === 0) return;
    if (Date.now() >= until) {
      say(`destroying ${names.join(", ")} anyway: ${lacking.join("; ")}`);
      return;
    }
    await sleep(100, undefined, { signal });
  }
}
