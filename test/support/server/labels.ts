import { type Routed, routing } from "../../../server/document/compose.ts";
import { createLabelReader } from "../../../server/labels/label-reader.ts";
import { labelledProjects, mayDeclare } from "../../../server/labels/label-sources.ts";
import { type LabelSettings, labelsSchema } from "../../../server/labels/settings.ts";
import { type Memory, noMemory } from "../../../server/roll-call/memory.ts";
import type { Observed } from "../../../server/roll-call/observed.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import { noRoutes, type Routes } from "../../../server/routes/parse-routes.ts";
import type { DeclaredGroup } from "../../../shared/parse-groups.ts";
import { createObjectDecoder } from "../../../traefik/read-object.ts";
import { declare } from "./literals.ts";

export interface LabelledWalk {
  readonly groups?: readonly DeclaredGroup[];
  readonly routes?: Routes;
  readonly settings?: object;
  readonly memory?: Memory;
  readonly previous?: Routed["objects"];
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

/** The same for one listing after another, by one reader of labels. */
export function labelWalk(walk: LabelledWalk = {}) {
  const { groups = [], routes = noRoutes, settings, memory = noMemory, previous = new Map(), traefik = "3.7" } = walk;
  const places = labelledProjects([{ name: "local", labels: labelSettings(settings) }]);
  const read = createLabelReader(places, createObjectDecoder(traefik), traefik);
  const allowed = (name: string) => places.some(({ allow }) => allow.middlewares.includes(name));
  return (observed: Observed) => {
    const called = callRoll(memory, declare(...groups), observed, places);
    const labelled = read(called.plan.labelled);
    const routed = routing(called.plan, {
      routes,
      labelled,
      previous,
      allowed,
      mayDeclare: (id) => mayDeclare(places, id),
      traefik,
    });
    return { ...called, routed, objects: Object.fromEntries(routed.objects) };
  };
}
