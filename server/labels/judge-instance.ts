import { guarded } from "../../files/fault.ts";
import { objectFinding } from "../../traefik/judge/object-finding.ts";
import { findingText } from "../../traefik/model/finding.ts";
import { objectId } from "../../traefik/objects/objects.ts";
import { referencesOf } from "../../traefik/objects/references.ts";
import type { ObjectReader } from "../../traefik/read-object.ts";
import type { LabelledPlan } from "../roll-call/plan.ts";
import { refusalOf, routerHosts, serverRefusal, withEntryPoints } from "./allowed.ts";
import { allowsNonRunning, switchProblem } from "./exposed.ts";
import { serviceName } from "./fill-in.ts";
import { type KeyAtFault, keysAtFault } from "./key-at-fault.ts";
import type { LabelledProject } from "./label-sources.ts";
import type { LabelledObject } from "./labelled-object.ts";
import { labelsOf } from "./labels-of.ts";
import { hostsExcess, referencesExcess, ruleExcess } from "./limits.ts";
import { readInstance } from "./read-instance.ts";
import { remarksOn } from "./unread.ts";

/** What one instance declares, whatever others declare; or why nothing that it says counts. It depends on name and keys alone. */
export type JudgedInstance =
  | {
      /** As they are read. */
      readonly read: readonly LabelledObject[];
      /** The same with a problem for each that Traefik would turn off, or that labels may not declare here. */
      readonly judged: readonly LabelledObject[];
      /** What to know about its labels. */
      readonly remarks: readonly string[];
      readonly keyAtFault: KeyAtFault;
      /** Whether its services are to stay while it does not run. */
      readonly stays: boolean;
    }
  | { readonly problem: string };

export interface JudgeOptions {
  readonly place: LabelledProject;
  readonly decode: ObjectReader;
  readonly traefik: string;
}

/** Reads and judges the labels of one instance. Close to linear in their length, within `limits`. */
export function judgeInstance(
  { instance, keys }: Pick<LabelledPlan, "instance" | "keys">,
  options: JudgeOptions,
): JudgedInstance {
  const { place, decode } = options;
  const { labels, problem } = labelsOf(keys);
  const wrong = problem ?? switchProblem(labels);
  if (wrong !== undefined) return { problem: wrong };
  const name = serviceName(instance);
  const rule = place.defaultRule({ name, containerName: instance, labels });
  const reading = readInstance(labels, { name, rule, port: place.defaultPort }, decode);
  if ("problem" in reading) return reading;
  const named = reading.objects.map(({ kind, name, value }) =>
    value ? referencesOf(objectId(kind, name), value).length : 0,
  );
  const excess = referencesExcess(named.reduce((sum, count) => sum + count, 0));
  if (excess !== undefined) return { problem: excess };
  const judged = reading.objects.map((object) =>
    guarded(
      () => judgedObject(object, options),
      (fault) => ({ ...object, value: undefined, problem: fault }),
    ),
  );
  const tooMany = hostsExcess(judged.reduce((sum, object) => sum + hostsOf(object, options.traefik), 0));
  if (tooMany !== undefined) return { problem: tooMany };
  return {
    read: reading.objects,
    judged,
    remarks: remarksOn(labels),
    keyAtFault: keysAtFault(labels),
    stays: allowsNonRunning(labels),
  };
}

function judgedObject(object: LabelledObject, { place, traefik }: JudgeOptions): LabelledObject {
  const { kind, name, value, endpoint } = object;
  if (value === undefined) return object;
  const pointed = withEntryPoints(kind, value, place.allow);
  const off = (problem: string) => ({ ...object, value: undefined, problem });
  const excess = ruleExcess(value.rule);
  if (excess !== undefined) return off(excess);
  const foreign = !endpoint && kind === "http.services" ? serverRefusal(value, place.allow) : undefined;
  if (foreign !== undefined) return off(foreign);
  const found = objectFinding(kind, pointed, traefik);
  if (found) return off(findingText(found));
  const refusal = refusalOf(objectId(kind, name), pointed, { allow: place.allow, traefik });
  return refusal === undefined ? { ...object, value: pointed } : off(refusal);
}

/** How many hosts an object answers. One that is left out, and one for every host, counts for none. */
function hostsOf({ kind, value }: LabelledObject, traefik: string): number {
  if (!value || (kind !== "http.routers" && kind !== "tcp.routers")) return 0;
  const hosts = routerHosts(kind === "http.routers" ? "http" : "tcp", value.rule, traefik);
  return hosts === "any" ? 0 : hosts.length;
}
