import type { SourceState } from "../roll-call/observed.ts";

/**
 * Where whole states come from. `run` reports a state each time it has looked, until `signal` aborts; then it resolves, with
 * no handle left open. `since` is when the look began, by the clock of `performance.now()`. It never rejects for a fault of the world: a failed look reports the last good state with its problem.
 *
 * Not promised: that a reported state differs from the previous one; that every change is seen (two in a row may be one);
 * any order between sources; any pace.
 */
export interface Source<State> {
  readonly name: string;
  run(report: (state: State, since?: number) => void, signal: AbortSignal): Promise<void>;
  /** Has it look again soon, as an event would. */
  lookAgain(): void;
}

/** An LXD or Incus endpoint as a source. It is told what to look for; it asks nothing. */
export interface InstanceSource extends Source<SourceState> {
  /** The instances that lack something no event announces, such as an address: it looks for them often. Each call replaces the previous names. */
  chase(names: readonly string[]): void;
  /** The instances that are served, by project: one that a listing lacks silently is not gone at once. Each call replaces the previous ones. */
  guard(served: ReadonlyMap<string, ReadonlySet<string>>): void;
  /** Has it believe what it reads next, on the operator's word: what a listing has lost, what is in error, another daemon. */
  accept(): void;
  status(): SourceStatus;
}

/** A member of a cluster. `status` is the platform's own word (Online, Offline, Evacuated, Blocked), or Silent: online, and it does not answer. */
export interface ClusterMember {
  readonly name: string;
  readonly status: string;
  readonly message: string;
}

/** How a source of instances is doing. Only the source writes this. */
export interface SourceStatus {
  readonly name: string;
  /** The socket or the https URL that is used now. */
  readonly endpoint: string;
  /** `lxd 5.0.2`, once it is known. */
  readonly version: string | undefined;
  /** When the last look ended, in milliseconds since 1970. */
  readonly lastLook: number | undefined;
  /** When the last look ended that read everything. */
  readonly lastGoodLook: number | undefined;
  /** Why the last look did not read everything. */
  readonly problem: string | undefined;
  /** Why there is no event stream at the moment. */
  readonly eventsProblem: string | undefined;
  /** Why running operations can't be read at the moment: an instance that is stopped then leaves when it has stopped, not before. */
  readonly operationsProblem: string | undefined;
  /** The members of its cluster, once they are known; empty where there is none. */
  readonly members: readonly ClusterMember[];
  readonly events: number;
  readonly reconnects: number;
}
