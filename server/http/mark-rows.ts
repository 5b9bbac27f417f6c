import { iso } from "../../files/iso.ts";
import type { Drains, Release } from "../marks/drain.ts";
import { type DrainFacts, drainState } from "../marks/drain-state.ts";
import type { MarkRow } from "./status.ts";

export interface MarkParts extends Omit<DrainFacts, "mark" | "release"> {
  readonly marks: Drains;
  readonly releaseOf: (key: string) => Release | undefined;
  /** How many documents were published by now. */
  readonly ordinal: number;
}

/** A row for each instance that is drained. Their texts come from clients that have the token. */
export function markRows({ marks, releaseOf, ordinal, ...parts }: MarkParts): MarkRow[] {
  // Neither this run of the server nor an earlier one has given a document to anybody.
  const isFirst = ordinal === 0 && parts.unseenUntil === 0;
  const facts = isFirst ? { ...parts, pollers: [], traefiks: [] } : parts;
  return [...marks].map(([key, mark]) => {
    const { step, waitsFor, detail, graceEnds } = drainState({ ...facts, mark, release: releaseOf(key) });
    const { source, project, instance, by, since, until } = mark;
    return {
      ...{ source, project, instance, by, step, waitsFor, detail },
      since: iso(since),
      until: iso(until),
      graceEnds: iso(graceEnds),
    };
  });
}
