import type { Instance, SourceState } from "../roll-call/observed.ts";

/** A state without the instances that have another uuid than before. Undefined if there is none. */
export function withoutReplaced(now: SourceState, before: SourceState): SourceState | undefined {
  let isAny = false;
  const kept = [...now].map(([project, listing]) => {
    const earlier = before.get(project)?.instances;
    // Of one that is in error or missing the uuid is not known.
    const isSame = ({ name, uuid }: Instance) => uuid === undefined || uuid === (earlier?.get(name)?.uuid ?? uuid);
    const same = [...(listing.instances ?? [])].filter(([, one]) => isSame(one));
    if (same.length === (listing.instances?.size ?? 0)) return [project, listing] as const;
    isAny = true;
    return [project, { ...listing, instances: new Map(same) }] as const;
  });
  return isAny ? new Map(kept) : undefined;
}
