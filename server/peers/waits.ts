import { isNewer, type Version } from "../marks/versions.ts";
import type { PeerState } from "./wire.ts";

/** A peer as far as it is known. */
export interface KnownPeer {
  /** What it told last; undefined before its first answer. */
  readonly last: Pick<PeerState, "marks"> | undefined;
  /** Why it is not answering. */
  readonly problem: string | undefined;
}

/** Why a peer's Traefiks may still send requests to an instance that is drained here, as a phrase; undefined if they don't. Pure. */
export function waits({ last, problem }: KnownPeer, version: Version | undefined, key: string): string | undefined {
  const told = last?.marks.get(key);
  const knows = told !== undefined && version !== undefined && !isNewer(version, told.version);
  // What was said holds, though it may not answer any more: its mark is on its disk.
  if (knows && (!told.drain || told.step === "drained")) return undefined;
  if (problem !== undefined) return "is not answering, and its Traefiks may run an older document";
  if (!last) return "has not answered yet";
  return knows ? (told.detail ?? "has not said how far it is") : "has not taken the drain over yet";
}
