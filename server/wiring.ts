import type { DeclaredGroup } from "../shared/parse-groups.ts";
import { createObjectDecoder, createObjectReader, type ObjectReader } from "../traefik/read-object.ts";
import type { Config } from "./config.ts";
import {
  type Composed,
  type ComposeOptions,
  compose,
  noLabels,
  noPrevious,
  type Previous,
} from "./document/compose.ts";
import { createLabelReader } from "./labels/label-reader.ts";
import { allowedNames, type LabelledProject, labelledProjects, mayDeclare } from "./labels/label-sources.ts";
import type { Declared } from "./roll-call/declared.ts";
import type { Memory } from "./roll-call/memory.ts";
import type { Observed } from "./roll-call/observed.ts";
import type { Plan } from "./roll-call/plan.ts";
import { callRoll, type Told } from "./roll-call/roll-call.ts";
import { rosterOf } from "./roll-call/roster.ts";
import type { Routes } from "./routes/parse-routes.ts";
import type { Kept } from "./state/format.ts";

/** The whole values that decide what is served. Each has one owner, which replaces it. */
export interface Inputs extends Told {
  readonly declared: Declared;
  readonly routes: Routes;
  readonly listings: Observed;
}

/** What inputs come to. */
export interface Outcome {
  readonly plan: Plan;
  readonly memory: Memory;
  readonly composed: Composed;
}

/** What is served of given inputs under a configuration: the server, `check`, `diff` and the tests ask here. */
export interface Wiring {
  /** The projects whose instances declare themselves by labels. */
  readonly declaring: readonly LabelledProject[];
  /** Reads the objects of route files. */
  readonly readObject: ObjectReader;
  /** What the disk remembers of what was served last. */
  remembered(kept: Kept): Previous;
  /** Calls the roll and composes what is served. Pure but for what the label reader remembers, which saves work and nothing else. */
  serve(inputs: Inputs, memory: Memory, previous: Previous): Outcome;
  /**
   * What the files come to by themselves: each group in effect, and no instance seen. What an instance may declare counts as
   * declared.
   */
  ofFiles(groups: readonly DeclaredGroup[], routes: Routes): Composed;
}

export function createWiring({ traefik, sources }: Wired): Wiring {
  const { version, uses } = traefik;
  const declaring = labelledProjects(sources);
  const readLabels = createLabelReader(declaring, createObjectDecoder(version), version);
  const rules = {
    allowed: allowedNames(uses, declaring),
    mayDeclare: (id) => mayDeclare(declaring, id),
    traefik: version,
  } satisfies Partial<ComposeOptions>;
  return {
    declaring,
    readObject: createObjectReader(version),
    remembered({ memory, groups, routes }) {
      const { plan } = callRoll(memory, { directory: "", groups, problem: undefined }, new Map());
      const ofGroups = plan.state === "ready" ? compose(plan).objects : [];
      const ofRoutes = [...routes.values()].flat().map(({ id, value }) => [id, value] as const);
      const objects = new Map([...ofRoutes, ...ofGroups]);
      // Both are one: a UDP router that is gone from the files by now has to be ended too.
      return { ...noPrevious, objects, served: objects };
    },
    serve({ declared, routes, listings, ...told }, memory, previous) {
      const called = callRoll(memory, declared, listings, declaring, told);
      const labelled = readLabels(called.plan.labelled);
      return { ...called, composed: compose(called.plan, { ...rules, routes, labelled, previous }) };
    },
    ofFiles(groups, routes) {
      const { mayDeclare: elsewhere, ...others } = rules;
      const options = { ...others, elsewhere, routes, labelled: noLabels, previous: noPrevious };
      return compose(inEffect(groups), options);
    },
  };
}

interface Wired {
  readonly traefik: Pick<Config["traefik"], "version" | "uses">;
  readonly sources: Parameters<typeof labelledProjects>[0];
}

/** The plan in which every group is in effect and has one member, at an address for documentation. */
function inEffect(groups: readonly DeclaredGroup[]): Plan {
  const plans = groups.map((group) => ({
    group,
    inEffect: rosterOf(group),
    serves: group,
    pending: undefined,
    present: 1,
    replicas: [{ replica: group.name, state: "member", address: "192.0.2.1" } as const],
  }));
  return { state: "ready", waiting: [], groups: plans, labelled: [], stale: [] };
}
