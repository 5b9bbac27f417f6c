import type { Gate } from "../shared/group.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";

/** What the files declare. */
export interface Declared {
  /** The directory that was read. */
  readonly directory: string;
  /** Those of the last good reading, by name in code point order. */
  readonly groups: readonly GatedGroup[];
  /** Why the newest reading was refused, without a quoted line. */
  readonly problem: string | undefined;
}

/** A group with the gate that holds for it: its own, else that of the server's configuration. */
export type GatedGroup = DeclaredGroup & { readonly gate: Gate };
