import type { Drain, Release } from "./drain.ts";

/** How far a drain is, in their order. */
export type DrainStep = "leaving" | "waiting-for-pollers" | "waiting-for-traefik" | "grace" | "drained";

/** A Traefik that polls, as far as a drain is concerned. */
export interface LivePoller {
  readonly name: string;
  /** The ordinal of the newest document that it is known to have read, and since when; undefined while none is known. */
  readonly read: Release | undefined;
}

/** A Traefik whose API is known. */
export interface KnownTraefik {
  readonly url: string;
  /** The ordinal of the newest document that it is known to run, and since when; undefined while none is known. */
  readonly applied: Release | undefined;
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
}

export interface DrainState {
  readonly step: DrainStep;
  /** The names of pollers, or the URLs of Traefiks, that it waits for; the first 20. */
  readonly waitsFor: readonly string[];
  /** What is going on, as a phrase. */
  readonly detail: string;
  /** When the grace ends; undefined before it has begun. */
  readonly graceEnds?: number;
}

/**
 * No request may reach a drained instance: it is out of the document, every live poller has read that, every Traefik whose API
 * is known runs it, and requests in flight had their grace.
 */
export function drainState(facts: DrainFacts): DrainState {
  const { mark, now, release, pollers, traefiks, unseenUntil, locked } = facts;
  if (now < unseenUntil)
    return waiting(
      "waiting-for-pollers",
      [],
      "waiting for pollers: the server has just started, and one may not have polled yet",
    );
  if (!release && !locked) return waiting("leaving", [], "leaving the document");
  if (!release && pollers.length + traefiks.length > 0) {
    const names = [...pollers.map(({ name }) => name), ...traefiks.map(({ url }) => url)];
    return waiting("leaving", names, "the document is locked (423): nobody is given one without it until that ends");
  }
  const late = pollers.filter(({ read }) => !has(read, release)).map(({ name }) => name);
  if (late.length > 0) return waiting("waiting-for-pollers", late, `waiting for ${few(late)} to poll`);
  const behind = traefiks.filter(({ applied }) => !has(applied, release)).map(({ url }) => url);
  if (behind.length > 0)
    return waiting("waiting-for-traefik", behind, `waiting for Traefik at ${few(behind)} to run it`);
  const letGo = [...pollers.map(({ read }) => read), ...traefiks.map(({ applied }) => applied), release];
  const graceEnds = Math.max(mark.since, ...letGo.map((one) => one?.at ?? 0)) + mark.grace;
  const alone = pollers.length === 0 ? "no Traefik polls; " : "";
  if (now < graceEnds)
    return { step: "grace", waitsFor: [], detail: `${alone}grace for requests in flight`, graceEnds };
  return { step: "drained", waitsFor: [], detail: `${alone}drained`, graceEnds };
}

const has = (newest: Release | undefined, release: Release | undefined) =>
  newest !== undefined && release !== undefined && newest.ordinal >= release.ordinal;

function waiting(step: DrainStep, waitsFor: readonly string[], detail: string): DrainState {
  return { step, waitsFor: waitsFor.slice(0, 20), detail };
}

function few(names: readonly string[]): string {
  return names.length > 10 ? `${names.slice(0, 10).join(", ")} and ${names.length - 10} more` : names.join(", ");
}
