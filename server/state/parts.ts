import type { z } from "zod";
import { type KeyPath, valueAt, writePath } from "../../files/key-path.ts";

/** Reads one part of what is kept; undefined if it can't be read. */
type Read<T> = (value: unknown, path: string, key: string) => T | undefined;

/** Reads lists and maps part by part, and collects the paths of the parts that can't be read. */
export function partReader() {
  const unread: string[] = [];
  function some<T>(path: string, entries: Iterable<readonly [string | number, unknown]>, read: Read<T>) {
    return [...entries].flatMap(([key, value]): (readonly [string, T])[] => {
      const place = path + writePath(["-", key]).slice(1);
      const found = read(value, place, String(key));
      if (found === undefined) unread.push(place);
      return found === undefined ? [] : [[String(key), found]];
    });
  }
  return {
    /** `memory.groups.web and 3 more can't be read`, if so. */
    problem() {
      const more = unread.length > 3 ? ` and ${unread.length - 3} more` : "";
      return unread.length > 0
        ? { problem: `${unread.slice(0, 3).join(", ")}${more} can't be read and is left out` }
        : {};
    },
    list: <T>(path: string, values: readonly unknown[], read: Read<T>): T[] =>
      some(path, values.entries(), read).map(([, one]) => one),
    map: <T>(path: string, values: Readonly<Record<string, unknown>>, read: Read<T>): Map<string, T> =>
      new Map(some(path, Object.entries(values), read)),
  };
}

export type PartReader = ReturnType<typeof partReader>;

/** Reads values of JSON, but not those that the previous round read: the memory is checked at each write, and most of it is as before. */
export function readOnce<T>(read: (value: unknown) => T | undefined) {
  type Found = { readonly value: T | undefined };
  let [before, now] = [new Map<string, Found>(), new Map<string, Found>()];
  return {
    newRound() {
      [before, now] = [now, new Map()];
    },
    read(value: unknown): T | undefined {
      const json = JSON.stringify(value);
      const found = before.get(json) ?? { value: read(value) };
      now.set(json, found);
      return found.value;
    },
  };
}

/** Parses a value by a strict schema without the keys that the schema doesn't know or refuses; undefined if it has another problem. */
export function parseKnown<S extends z.ZodType>(schema: S, value: unknown): z.output<S> | undefined {
  const known = structuredClone(value);
  for (;;) {
    const { data, error } = schema.safeParse(known);
    if (!error) return data;
    const unknown = error.issues.flatMap(keysOf);
    if (unknown.length < error.issues.length) return undefined;
    for (const path of unknown)
      delete (valueAt(known, path.slice(0, -1)) as Record<PropertyKey, unknown>)[path.at(-1) ?? ""];
  }
}

/** The paths of keys that may not be there: unknown, or too new for this Traefik. */
function keysOf(issue: z.core.$ZodIssue): KeyPath[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => [...issue.path, key]);
  return issue.code === "invalid_type" && issue.expected === "never" ? [issue.path] : [];
}
