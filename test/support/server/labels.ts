import { type Composed, noPrevious } from "../../../server/document/compose.ts";
import { type LabelSettings, labelsSchema } from "../../../server/labels/settings.ts";
import { type Memory, noMemory } from "../../../server/roll-call/memory.ts";
import type { Observed } from "../../../server/roll-call/observed.ts";
import { nothingTold } from "../../../server/roll-call/roll-call.ts";
import { noRoutes, type Routes } from "../../../server/routes/parse-routes.ts";
import { createWiring } from "../../../server/wiring.ts";
import type { DeclaredGroup } from "../../../shared/parse-groups.ts";
import { declare } from "./literals.ts";

export interface LabelledWalk {
  readonly groups?: readonly DeclaredGroup[];
  readonly routes?: Routes;
  readonly settings?: object;
  readonly memory?: Memory;
  readonly previous?: Pick<Composed, "objects" | "byLabels">;
  readonly traefik?: string;
}

/** The settings of a source's labels, in which project default may answer `*.example.com` at entry point web. */
export function labelSettings(written: object = {}): LabelSettings {
  return labelsSchema.parse({ allow: { default: { hosts: ["*.example.com"], entryPoints: ["web"] } }, ...written });
}

/** What is served of instances that declare themselves. */
export function walkLabels(observed: Observed, walk: LabelledWalk = {}) {
  return labelWalk(walk)(observed);
}

/** The same for one listing after another, by one wiring. */
export function labelWalk(walk: LabelledWalk = {}) {
  const { groups = [], routes = noRoutes, settings, memory = noMemory, previous = noPrevious, traefik = "3.7" } = walk;
  const sources = [{ name: "local", labels: labelSettings(settings) }];
  const wiring = createWiring({ traefik: { version: traefik, uses: [] }, sources });
  return (listings: Observed) => {
    const inputs = { declared: declare(...groups), routes, listings, ...nothingTold };
    const outcome = wiring.serve(inputs, memory, { ...previous, served: previous.objects });
    return { ...outcome, objects: Object.fromEntries(outcome.composed.served) };
  };
}
