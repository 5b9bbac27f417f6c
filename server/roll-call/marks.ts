import { iso } from "../../files/iso.ts";

/** That an instance is being drained: it is out of the load balancer until the mark ends. Times are in milliseconds since 1970. */
export interface Mark {
  readonly source: string;
  readonly project: string;
  readonly instance: string;
  /** Of the instance that was marked. One made again under its name is another one; empty if its platform gives none. */
  readonly uuid: string;
  /** Who set it, as a word or two: `deploy`, `ann@ops-1`. */
  readonly by: string;
  readonly since: number;
  /** When it ends by itself. */
  readonly until: number;
}

/** By `markKey`. */
export type Marks = ReadonlyMap<string, Mark>;

export function markKey({ source, project, instance }: Pick<Mark, "source" | "project" | "instance">): string {
  return `${source}/${project}/${instance}`;
}

/** What is said of an instance that is marked. */
export function markWords({ by, until }: Mark): string {
  return `drained by ${by}, until ${iso(until)}`;
}
