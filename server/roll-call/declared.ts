import type { DeclaredGroup } from "../../shared/parse-groups.ts";

/** What the files declare. */
export interface Declared {
  /** The directory that was read. */
  readonly directory: string;
  /** Those of the last good reading, by name in code point order. */
  readonly groups: readonly DeclaredGroup[];
  /** Why the newest reading was refused, without a quoted line. */
  readonly problem: string | undefined;
}
