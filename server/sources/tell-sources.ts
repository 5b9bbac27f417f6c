import { lackingAddress, type Plan, servedOf } from "../roll-call/plan.ts";
import type { InstanceSource } from "./source.ts";

/** Tells each source what a plan says of its instances: which it has to look for often, and which are served. */
export function tellSources(sources: readonly InstanceSource[], plan: Plan): void {
  for (const source of sources) {
    source.chase(lackingAddress(plan, source.name));
    source.guard(servedOf(plan, source.name));
  }
}
