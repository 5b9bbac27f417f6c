import type { Target } from "../../server/roll-call/answers.ts";

/** Who answered last, how often in a row nobody has since, and when that was heard. */
export interface Said {
  readonly uuid: string | undefined;
  readonly failures: number;
  readonly at: number;
}

/** How replicas have answered at their addresses since they were seen away. */
export interface SaidByAll {
  /** `by` is the uuid of the machine that answered, undefined for a failure. */
  answered(target: Target, by: string | undefined): void;
  /** What a roll call may go by, at `10.0.0.2:3000`. */
  of(name: string, at: string): readonly Said[];
  forget(isAway: (name: string, address: string) => boolean): void;
}

/** Probes tell what they have heard within so many milliseconds. */
const gather = 10;
const nothing: Said = { uuid: undefined, failures: 0, at: Number.NEGATIVE_INFINITY };

export function createSaid(): SaidByAll {
  const all = new Map<string, { readonly now: Said; readonly before: Said }>();
  return {
    answered({ instance, address, question }, by) {
      const key = `${instance} ${address}:${question.port}`;
      const before = all.get(key)?.now ?? nothing;
      const failures = by === undefined ? before.failures + 1 : 0;
      all.set(key, { now: { uuid: by ?? before.uuid, failures, at: Date.now() }, before });
    },
    of(name, at) {
      const { now, before } = all.get(`${name} ${at}`) ?? { now: nothing, before: nothing };
      return Date.now() - now.at <= gather ? [now, before] : [now];
    },
    forget(isAway) {
      for (const key of all.keys()) {
        const [name = "", at = ""] = key.split(" ");
        if (isAway(name, at.slice(0, at.lastIndexOf(":")))) all.delete(key);
      }
    },
  };
}
