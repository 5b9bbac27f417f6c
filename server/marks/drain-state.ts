import type { Drain, Release } from "./drain.ts";
import { type Reached, reachedAt } from "./reached.ts";

/** How far a drain is, in their order. */
export type DrainStep =
  | "leaving"
  | "waiting-for-pollers"
  | "waiting-for-traefik"
  | "grace"
  | "waiting-for-peers"
  | "drained";

/** A Traefik that polls, as far as a drain is concerned. */
export interface LivePoller {
  readonly name: string;
  /** The documents that it is known to have read. */
  readonly read: Reached;
}

/** A Traefik whose API is known. */
export interface KnownTraefik {
  readonly url: string;
  /** The documents that it is known to have run. */
  readonly applied: Reached;
}

/** A place that a Traefik reads, such as a file. */
export interface KnownOutput {
  readonly target: string;
  /** The documents that were written there, and when a Traefik has loaded each. */
  readonly loaded: Reached;
}

/** Another server over the same inputs, as far as a drain is concerned. */
export interface DrainPeer {
  readonly name: string;
  /** Why its own pollers may still send requests to the instance, as a phrase; undefined once it says that the drain is over there. */
  readonly waits: string | undefined;
}

export interface DrainFacts {
  readonly mark: Pick<Drain, "since" | "grace">;
  /** In milliseconds since 1970, as all times here. */
  readonly now: number;
  readonly release: Release | undefined;
  /** Whether the newest answer is 423, which takes nothing out of a Traefik. */
  readonly locked: boolean;
  /** Until when a Traefik that an earlier run of the server gave a document may not have polled again. */
  readonly unseenUntil: number;
  /** Only those that count as live. */
  readonly pollers: readonly LivePoller[];
  /** Only those that answer. */
  readonly traefiks: readonly KnownTraefik[];
  readonly outputs: readonly KnownOutput[];
  /** All of them, also those that don't answer: their Traefiks may run an older document. @default none */
  readonly peers?: readonly DrainPeer[];
}

export interface DrainState {
  readonly step: DrainStep;
  /** The names of pollers or peers, the URLs of Traefiks, or the outputs that it waits for; the first 20. */
  readonly waitsFor: readonly string[];
  /** What is going on, as a phrase. */
  readonly detail: string;
  /** When the grace ends; undefined before it has begun. */
  readonly graceEnds?: number;
}

/**
 * No request may reach a drained instance: it is out of the document, every live poller has read that, every output has it, every
 * Traefik whose API is known runs it, requests in flight had their grace, and all of that is so at every peer.
 */
export function drainState(facts: DrainFacts): DrainState {
  const { mark, now, release, pollers, traefiks, outputs, unseenUntil, locked, peers = [] } = facts;
  if (now < unseenUntil)
    return waiting(
      "waiting-for-pollers",
      [],
      "waiting for pollers: the server has just started, and one may not have polled yet",
    );
  if (!release && !locked) return waiting("leaving", [], "leaving the document");
  const names = [
    ...pollers.map(({ name }) => name),
    ...traefiks.map(({ url }) => url),
    ...outputs.map(({ target }) => target),
  ];
  if (!release && names.length > 0) {
    return waiting("leaving", names, "the document is locked (423): nobody is given one without it until that ends");
  }
  // Without a release it is locked, and there is nobody to wait for.
  const since = (reached: Reached) => reachedAt(reached, release?.ordinal ?? 0);
  const late = pollers.filter(({ read }) => since(read) === undefined).map(({ name }) => name);
  if (late.length > 0) return waiting("waiting-for-pollers", late, `waiting for ${few(late)} to poll`);
  const unwritten = outputs.filter(({ loaded }) => since(loaded) === undefined).map(({ target }) => target);
  if (unwritten.length > 0)
    return waiting("waiting-for-traefik", unwritten, `waiting for ${few(unwritten)} to be written`);
  const behind = traefiks.filter(({ applied }) => since(applied) === undefined).map(({ url }) => url);
  if (behind.length > 0)
    return waiting("waiting-for-traefik", behind, `waiting for Traefik at ${few(behind)} to run it`);
  const letGo = [
    ...pollers.map(({ read }) => since(read)),
    ...traefiks.map(({ applied }) => since(applied)),
    ...outputs.map(({ loaded }) => since(loaded)),
    release?.at,
  ];
  const graceEnds = Math.max(mark.since, ...letGo.map((at) => at ?? 0)) + mark.grace;
  const alone = pollers.length + outputs.length === 0 ? "no Traefik polls; " : "";
  if (now < graceEnds)
    return { step: "grace", waitsFor: [], detail: `${alone}grace for requests in flight`, graceEnds };
  const open = peers.filter(({ waits }) => waits !== undefined);
  const reasons = open.map(({ name, waits }) => `peer ${name}: ${waits}`);
  if (open.length > 0)
    return waiting(
      "waiting-for-peers",
      open.map(({ name }) => name),
      few(reasons),
    );
  return { step: "drained", waitsFor: [], detail: `${alone}drained`, graceEnds };
}

function waiting(step: DrainStep, waitsFor: readonly string[], detail: string): DrainState {
  return { step, waitsFor: waitsFor.slice(0, 20), detail };
}

function few(names: readonly string[]): string {
  return names.length > 10 ? `${names.slice(0, 10).join(", ")} and ${names.length - 10} more` : names.join(", ");
}
