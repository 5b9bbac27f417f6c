import { isDeepStrictEqual } from "node:util";
import type { ObjectValue } from "../../traefik/objects/objects.ts";
import { serversOf, withoutServer, withServers } from "./endpoint.ts";
import type { LabelledObject } from "./labelled-object.ts";

/** One object as one instance declares it, and where that instance is. */
export interface Declaration extends LabelledObject {
  readonly instance: string;
  /** Undefined while it does not run. */
  readonly address: string | undefined;
}

/** An object that instances of one project declare together. */
export interface Merged {
  /** Those whose declaration counts. */
  readonly instances: readonly string[];
  /** Undefined where they don't agree. */
  readonly value: ObjectValue | undefined;
  readonly problem: string | undefined;
  readonly note: string | undefined;
}

/**
 * Joins what several instances say of one object, as Traefik's Docker provider does: a service has the servers of all, an object of another
 * kind is the same for all; where they differ in anything else nobody can tell who is right, and there is none. What can't be read of one
 * instance is its own problem. `declarations`: at least one, by name of the instance.
 */
export function merge(declarations: readonly Declaration[]): Merged {
  const readable = declarations.filter((one) => one.value !== undefined) as (Declaration & { value: ObjectValue })[];
  const [first] = readable;
  const instances = readable.map(({ instance }) => instance);
  const note = first?.note;
  if (!first) return { instances, value: undefined, problem: undefined, note };
  const base = withoutServer(first.value);
  const other = readable.find(({ value }) => !isDeepStrictEqual(withoutServer(value), base));
  if (other) {
    const problem = `instances ${first.instance} and ${other.instance} declare it differently${differenceOf(base, withoutServer(other.value))}`;
    return { instances, value: undefined, problem, note };
  }
  const value = base === first.value ? base : withServers(base, readable.flatMap(serversOf));
  return { instances, value, problem: undefined, note };
}

/** The first key that differs; never a value, which may be a secret. */
function differenceOf(a: unknown, b: unknown): string {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return "";
  const [left, right] = [a as ObjectValue, b as ObjectValue];
  const key = [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .sort()
    .find((one) => !isDeepStrictEqual(left[one], right[one]));
  if (key === undefined) return "";
  const inner = differenceOf(left[key], right[key]).replace(/^: /, "");
  return `: ${inner === "" || Array.isArray(a) ? key : `${key}.${inner}`}`;
}
