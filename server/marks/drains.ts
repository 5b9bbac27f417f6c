import { type Drain, mostMarks } from "./drain.ts";
import type { Marks } from "./marks.ts";
import { emptied, type Fleet, instanceAt, type Targets, targetsOf } from "./targets.ts";

/** What is asked of a drain. Times are in milliseconds. */
export interface DrainRequest {
  readonly targets: readonly string[];
  readonly by: string;
  readonly grace: number;
  /** How long the marks hold. */
  readonly for: number;
  /** Whether a group, or a service of labels, may be left without any member. */
  readonly force: boolean;
  /** Whether names that nothing has are ignored. */
  readonly ifPresent: boolean;
}

/** What came of it: keys of marks, `SOURCE/PROJECT/INSTANCE`. */
export interface Drained {
  /** The marks that are new. */
  readonly set: readonly string[];
  /** Those that were there, and hold at least as long now. */
  readonly already: readonly string[];
  /** What was not found and is ignored. */
  readonly ignored: readonly string[];
}

export interface TakenBack {
  readonly ended: readonly string[];
  /** The instances that were not drained. */
  readonly not: readonly string[];
}

/** Why something was not done: 404 if a name is unknown, 409 if it can't be done now. */
export interface Refused {
  readonly status: 404 | 409;
  readonly detail: string;
}

export function isRefused(answer: object): answer is Refused {
  return "status" in answer;
}

/** Marks what is asked for, or nothing of it. */
export function drain(asked: DrainRequest, fleet: Fleet, marks: Marks, now: number): Drained | Refused {
  const found = targetsOf(asked.targets, fleet);
  const wrong = refusalOf(found, asked.ifPresent);
  if (wrong) return wrong;
  const unread = [...found.places.values()].find((place) => !instanceAt(place, fleet.observed));
  if (unread)
    return { status: 409, detail: `${unread.instance}: source ${unread.source} does not show it now: try again` };
  const without = new Set(found.places.keys());
  const empty = asked.force ? [] : emptied(fleet, without);
  if (empty.length > 0)
    return {
      status: 409,
      detail: `${empty.join(", ")} would have no member left in the load balancer: drain fewer at a time, or use --force`,
    };
  const current = marks.current();
  const known = new Set<string>();
  const drains = [...found.places].map(([key, place]): readonly [string, Drain] => {
    const { by, grace, for: holds } = asked;
    const uuid = instanceAt(place, fleet.observed)?.uuid ?? "";
    const mark = current.get(key);
    if (mark?.uuid !== uuid) return [key, { ...place, uuid, by, grace, since: now, until: now + holds }];
    known.add(key);
    return [key, { ...mark, grace: Math.max(mark.grace, grace), until: Math.max(mark.until, now + holds) }];
  });
  try {
    marks.set(new Map(drains));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { status: 409, detail: `more than ${mostMarks} instances would be drained: take some back first` };
  }
  const set = [...found.places.keys()].filter((key) => !known.has(key));
  return { set, already: [...known], ignored: found.unknown };
}

/** Ends marks: of what words name, or all of them. */
export function takeBack(
  targets: readonly string[] | "all",
  fleet: Fleet,
  marks: Marks,
  ifPresent: boolean,
): TakenBack | Refused {
  const current = marks.current();
  const found = targets === "all" ? undefined : targetsOf(targets, fleet);
  const wrong = found && refusalOf(found, ifPresent);
  if (wrong) return wrong;
  const keys = [...(found?.places ?? current).keys()];
  const ended = keys.filter((key) => current.has(key));
  marks.takeBack(ended);
  return { ended, not: keys.filter((key) => !current.has(key)) };
}

function refusalOf({ ambiguous, unknown }: Targets, ifPresent: boolean): Refused | undefined {
  const [first, ...more] = [...ambiguous, ...(ifPresent ? [] : unknown)];
  if (first === undefined) return undefined;
  const detail = more.length > 0 ? `${first} (and ${more.length} more)` : first;
  return { status: ambiguous.length > 0 ? 409 : 404, detail };
}
