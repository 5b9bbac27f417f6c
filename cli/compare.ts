import { ProblemsError } from "../files/problems-error.ts";
import type { Config } from "../server/config.ts";
import { endpointOf } from "../server/platform/endpoint.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";
import { sourcesOf } from "../shared/placed.ts";
import { problemsIn } from "./edit/group-file.ts";
import { againstSource, type Compared } from "./pipeline/against-source.ts";
import { readInventories } from "./pipeline/inventories.ts";
import type { StackPlan } from "./pipeline/pipeline.ts";

export interface CompareOptions {
  readonly config: Config;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly groups: readonly DeclaredGroup[];
}

/** A plan, and what it comes to on its source. */
export type ComparedPlan = Compared & { readonly plan: StackPlan };

/**
 * Compares plans with what their sources have, in the order of the plans. Throws DaemonError if a source can't be asked,
 * an Error if it is of another platform, and ProblemsError with the place of everything that the group files name and the sources lack.
 */
export async function compare(
  plans: readonly StackPlan[],
  { config, environment, groups }: CompareOptions,
): Promise<ComparedPlan[]> {
  const compared = await Promise.all(
    plans.map(async (plan) => {
      const { stack, changes } = plan;
      const own = groups.filter((group) => !group.selector && sourcesOf(group).includes(stack.name));
      const source = config.sources.find(({ name }) => name === stack.name) ?? {};
      const projects = new Set(own.map(({ project }) => project));
      const inventories = await readInventories(stack, endpointOf(source, environment), projects);
      return { plan, ...againstSource(stack, changes, own, inventories) };
    }),
  );
  const missing = compared.flatMap((one) => one.missing);
  if (missing.length > 0) throw new ProblemsError(await problemsIn(config.groups, missing));
  return compared;
}
