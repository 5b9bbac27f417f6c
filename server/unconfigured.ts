import type { Memory } from "./roll-call/memory.ts";
import type { Observed } from "./roll-call/observed.ts";
import { placesOf } from "./roll-call/roster.ts";

/**
 * Listings for the sources that rosters in effect name and rollcall.yaml no longer does: unknown, with the reason. Their members stay
 * until those that the files declare elsewhere are present.
 */
export function unconfigured(memory: Memory, configured: readonly { readonly name: string }[]): Observed {
  const names = new Set(configured.map(({ name }) => name));
  const places = [...memory.groups.values()].flatMap(({ roster }) => placesOf(roster));
  const gone = places.map(({ source }) => source).filter((source) => !names.has(source));
  return new Map(
    gone.map((source) => {
      const problem = `source ${source} is no longer in rollcall.yaml: declare its replicas on another source, and they are served until those are present`;
      const projects = places.filter((place) => place.source === source).map(({ project }) => project);
      return [source, new Map(projects.map((project) => [project, { instances: undefined, problem }]))];
    }),
  );
}
