import type { DeclaredGroup } from "../../shared/parse-groups.ts";

/** What the files declare. */
export interface Declared {
  /** The directory that was read. */
  readonly directory: string;
  /** The groups of the last good reading, by name in code point order. */
  readonly groups: readonly DeclaredGroup[];
  /** Why the newest reading was refused, or which file does not settle. It quotes no line of a file. */
  readonly problem: string | undefined;
}
