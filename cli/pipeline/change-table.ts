import { plural } from "../../files/format-problems.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import type { Change } from "./changes.ts";

/** A line for each group, and one below it for each instance that changes. */
export function changeTable(changes: readonly Change[], groups: readonly DeclaredGroup[]): string {
  if (changes.length === 0) return `nothing to change: ${plural(groups.length, "group")} as declared\n`;
  const names = [...new Set(changes.map(({ group }) => group))].sort();
  const lines = names.flatMap((name) => {
    const ofGroup = changes.filter(({ group }) => group === name);
    const counts = actions.flatMap((action) => {
      const count = ofGroup.filter((change) => change.action === action).length;
      return count > 0 ? [`${count} to ${action}`] : [];
    });
    const isSpread = groups.some((group) => group.name === name && group.spread);
    const rows = ofGroup.map(
      ({ name, on, action, why }) =>
        `  ${marks[action]} ${name}${isSpread && on !== undefined ? ` on ${on}` : ""}${why.length > 0 ? `  (${why.join(", ")})` : ""}`,
    );
    return [`${name ?? "no group"}: ${counts.join(", ")}`, ...rows];
  });
  return `${lines.join("\n")}\n`;
}

const actions = ["create", "adopt", "update", "replace", "destroy"] as const;
const marks = { create: "+", adopt: "=", update: "~", replace: "±", destroy: "-" } as const;
