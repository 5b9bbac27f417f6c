import type { LivePoller } from "../marks/drain-state.ts";
import type { Poller } from "./pollers.ts";

/** The agent of the verbs: one that fetches the document is listed as a poller, and is no Traefik. */
export const ownAgent = "rollcall";

/**
 * Whether a client of the list counts as a Traefik that serves: it was given a document, is no verb of rollcall, and its connection is
 * open, or it polled more than once, or it has a name. Traefik keeps its connection after each 200 (seen on 3.0 to 3.7); `curl` and its
 * like close it. One that is stopped or unreachable keeps it too, but polls no more: the list drops it after three intervals.
 */
export function isLive(poller: Poller): boolean {
  return poller.given !== undefined && pollsLikeTraefik(poller);
}

function pollsLikeTraefik({ agent, name, polls, open }: Poller): boolean {
  return agent !== ownAgent && (open || polls > 1 || name !== undefined);
}

/**
 * The Traefiks that count for a drain, and what each has read: only its next poll shows that, because the kernel takes bytes for a process that
 * hangs. One that was given no document yet counts too: the server may have started anew and be locked since, and then that Traefik still
 * runs what it was given before.
 */
export function live(pollers: readonly Poller[]): LivePoller[] {
  return pollers.filter(pollsLikeTraefik).map(({ name, address, read }) => ({ name: name ?? address, read }));
}
