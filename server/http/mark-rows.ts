import { iso } from "../../files/iso.ts";
import type { Snapshot } from "../document/snapshot.ts";
import type { Drains, Release } from "../marks/drain.ts";
import { type DrainFacts, type DrainPeer, type DrainStep, drainState } from "../marks/drain-state.ts";
import type { OutputState } from "../outputs/run-output.ts";
import type { TraefikRow } from "../traefik-api/traefiks.ts";
import { live } from "./live-pollers.ts";
import type { Poller } from "./pollers.ts";

/** An instance that is drained. */
export interface MarkRow {
  readonly source: string;
  readonly project: string;
  readonly instance: string;
  /** Who drains it. */
  readonly by: string;
  readonly since: string;
  /** When it ends by itself. */
  readonly until: string;
  readonly step: DrainStep;
  /** The names of the pollers, or the URLs of the Traefiks or peers, that it waits for; the first 20. */
  readonly waitsFor: readonly string[];
  readonly detail: string;
  readonly graceEnds: string | null;
}

export interface MarkParts extends Omit<DrainFacts, "mark" | "release" | "peers"> {
  readonly marks: Drains;
  readonly releaseOf: (key: string) => Release | undefined;
  /** How many documents were published by now. */
  readonly ordinal: number;
  /** What each peer says of a mark. @default there is none */
  readonly peersOf?: (key: string) => readonly DrainPeer[];
}

/** What there is to know about drains, as `StatusParts` has it. Times are in milliseconds since 1970. */
export interface DrainParts {
  readonly snapshot: Snapshot;
  readonly ordinal: number;
  readonly marks: Drains;
  readonly releaseOf: (key: string) => Release | undefined;
  readonly pollers: readonly Poller[];
  readonly traefiks: readonly TraefikRow[];
  readonly outputs: readonly OutputState[];
  readonly peersOf?: (key: string) => readonly DrainPeer[];
  /** Whether a peer writes an output that is standby here: then a drain waits for that peer instead. */
  readonly isWritten?: (target: string) => boolean;
  /** Until when a Traefik that an earlier run of the server gave a document may not have polled again. */
  readonly unseenUntil: number;
  readonly now: number;
}

/** The rows of the marks; without `peersOf`, by this server's own Traefiks alone. */
export function markRowsOf(parts: DrainParts): MarkRow[] {
  const { snapshot, pollers, traefiks, outputs, isWritten = () => false } = parts;
  return markRows({
    ...parts,
    locked: snapshot.status !== 200,
    pollers: live(pollers),
    traefiks: traefiks.filter(({ answering }) => answering),
    outputs: outputs.filter(({ state, target }) => state !== "standby" || !isWritten(target)),
  });
}

/** A row for each instance that is drained. Their texts come from clients that have the token. */
export function markRows({ marks, releaseOf, ordinal, peersOf = () => [], ...parts }: MarkParts): MarkRow[] {
  // Neither this run of the server nor an earlier one has given a document to anybody. What lies at an output may be older than both.
  const isFirst = ordinal === 0 && parts.unseenUntil === 0;
  const facts = isFirst ? { ...parts, pollers: [], traefiks: [] } : parts;
  return [...marks].map(([key, mark]) => {
    const { step, waitsFor, detail, graceEnds } = drainState({
      ...{ ...facts, mark, release: releaseOf(key), peers: peersOf(key) },
    });
    const { source, project, instance, by, since, until } = mark;
    return {
      ...{ source, project, instance, by, step, waitsFor, detail },
      since: iso(since),
      until: iso(until),
      graceEnds: iso(graceEnds),
    };
  });
}
