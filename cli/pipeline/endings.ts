import type { PlanJson } from "./changes.ts";

/** An instance that an apply ends, or may end for a while. */
export interface Ending {
  /** The name of the provider's remote; in the stacks of rollcall that of the source. Undefined for the provider's default. */
  readonly remote: string | undefined;
  readonly project: string;
  readonly instance: string;
}

/** The instances that a plan destroys, replaces, stops, or changes in a way for which the provider may restart them. */
export function endingsOf({ resource_changes = [] }: PlanJson): Ending[] {
  return resource_changes.flatMap(({ type, name, change: { actions, before, after } }): Ending[] => {
    if (!/^(lxd|incus)_instance$/.test(type) || !before) return [];
    const stops = before.running === true && after?.running === false;
    const mayRestart = actions.includes("update") && after?.allow_restart === true;
    if (!actions.includes("delete") && !stops && !mayRestart) return [];
    const remote = textOf(before.remote);
    return [{ remote, project: textOf(before.project) ?? "default", instance: textOf(before.name) ?? name }];
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
