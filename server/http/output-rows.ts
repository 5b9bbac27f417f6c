import { iso } from "../../files/iso.ts";
import type { OutputState } from "../outputs/run-output.ts";

/** A place besides the provider listener that the document is written to. */
export interface OutputRow {
  /** `file /etc/traefik/dynamic/rollcall.yml` */
  readonly target: string;
  readonly state: OutputState["state"];
  /** The version that it has, as far as this server wrote it. */
  readonly version: string | null;
  /** Since when it has had that state. */
  readonly since: string;
  /** Why it can't be written, or who writes it instead. */
  readonly problem: string | null;
  /** What is not as it should be, such as objects that are left out. */
  readonly warnings: readonly string[];
  /** When this server last wrote it, or compared it and found it right. */
  readonly lastGood: string | null;
  /** How many writes have failed since the server started. */
  readonly failures: number;
}

/** A row for each of `outputs`. */
export function outputRow({ loaded: _, version, since, problem, lastGood, ...row }: OutputState): OutputRow {
  return {
    ...row,
    version: version ?? null,
    since: iso(since),
    problem: problem ?? null,
    lastGood: lastGood === undefined ? null : iso(lastGood),
  };
}
