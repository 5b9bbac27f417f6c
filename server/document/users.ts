import { guarded } from "../../files/fault.ts";
import { kindOf, nameOf, type ObjectId, type ObjectValue } from "../../traefik/objects/objects.ts";
import { referencesOf, targetOf } from "../../traefik/objects/references.ts";

type Entries = ReadonlyMap<ObjectId, { readonly value: ObjectValue }>;

/** Which objects name which, while the objects change. */
export interface Users {
  /** The objects that name it. For a router: its children. */
  readonly of: (id: ObjectId) => Iterable<ObjectId>;
  /** Says that an object has another value, or none. Returns the routers that it names or named as its parents. */
  replace(id: ObjectId, before: ObjectValue | undefined, now: ObjectValue | undefined): ObjectId[];
  /** What has to be looked at again: what changed, what names it, and what needs the health of a service behind a mirroring. */
  affectedBy(changed: Iterable<ObjectId>, entries: Entries): ReadonlySet<ObjectId>;
}

export function createUsers(): Users {
  const users = new Map<ObjectId, Set<ObjectId>>();
  const of = (id: ObjectId): Iterable<ObjectId> => users.get(id) ?? [];
  return {
    of,
    replace(id, before, now) {
      const [former, current] = [namesOf(id, before), namesOf(id, now)];
      for (const target of former) users.get(target)?.delete(id);
      for (const target of current) users.set(target, (users.get(target) ?? new Set()).add(id));
      return [...former, ...current].filter((target) => kindOf(target) === "http.routers");
    },
    affectedBy(changed, entries) {
      const affected = new Set<ObjectId>();
      // A set grows while it is iterated.
      const open = new Set(changed);
      for (const id of open) {
        affected.add(id);
        for (const user of of(id)) {
          affected.add(user);
          if (entries.has(id) && isMirror(entries.get(user)?.value, id)) open.add(user);
        }
      }
      return affected;
    },
  };
}

/** What can't be read names nothing: whoever looks at it reports that. */
function namesOf(id: ObjectId, value: ObjectValue | undefined): ObjectId[] {
  return guarded(
    () => (value ? referencesOf(id, value).map(targetOf) : []),
    () => [],
  );
}

/** Whether a service reports the health of another one as its own. */
function isMirror(value: ObjectValue | undefined, id: ObjectId): boolean {
  return (value?.mirroring as ObjectValue | undefined)?.service === nameOf(id);
}
