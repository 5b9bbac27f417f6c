import { writePath } from "../../shared/files/key-path.ts";
import { objectProblem } from "../routes/object-problem.ts";
import { type Candidate, kindOf, nameOf, type ObjectId, objectId } from "../routes/objects.ts";
import { withNames } from "../routes/references.ts";
import { refusalOf, withEntryPoints } from "./allowed.ts";
import { type Declaration, merge } from "./merge.ts";
import type { LabelPlace } from "./places.ts";

/** An object that instances of one project declare, for the document. */
export interface LabelCandidate extends Candidate {
  readonly place: LabelPlace;
  /** Those that declare it. */
  readonly instances: readonly string[];
  /** Their addresses of now: what an earlier form of it may still lead to. */
  readonly addresses: ReadonlySet<string>;
}

export interface CandidateOptions {
  readonly place: LabelPlace;
  /** Whether instances of the project declare the object of that id. */
  readonly own: (id: ObjectId) => boolean;
  readonly traefik: string;
}

/** Joins what instances say of one object, and judges it: as Traefik would, and as the operator does. `declarations`: at least one. */
export function candidateOf(
  written: ObjectId,
  declarations: readonly Declaration[],
  { place, own, traefik }: CandidateOptions,
): LabelCandidate {
  const { instances, value, problem, note } = merge(declarations);
  const all = declarations.map(({ instance }) => instance);
  const about = {
    id: placed(place, written),
    origin: `${originOf(place, instances.length > 0 ? instances : all)}, ${declarations[0]?.key}`,
    byLabels: true as const,
    place,
    instances: all,
    addresses: new Set(declarations.flatMap(({ address }) => (address === undefined ? [] : [address]))),
    ...(note !== undefined && { note }),
  };
  const wrong = (problem: string) => ({ ...about, value: undefined, problem });
  if (value === undefined)
    return wrong(problem ?? declarations.find((one) => one.problem)?.problem ?? "cannot be read");
  const pointed = withEntryPoints(kindOf(written), value, place.allow);
  const off = objectProblem(kindOf(written), pointed, traefik);
  if (off) return wrong([writePath(off.path), off.message].filter((part) => part !== "").join(": "));
  const refusal = refusalOf(written, pointed, { allow: place.allow, own, traefik });
  if (refusal !== undefined) return wrong(refusal);
  const rename = (name: string, id: ObjectId) => (own(id) ? `${place.prefix}${name}` : name);
  return { ...about, value: withNames(written, pointed, ({ kind, name }) => rename(name, objectId(kind, name))) };
}

/** The object's id in the document. */
export function placed({ prefix }: LabelPlace, id: ObjectId): ObjectId {
  return objectId(kindOf(id), `${prefix}${nameOf(id)}`);
}

/** `instance web-0 of local/default`, `instances web-0, web-1 and 3 more of ...`. */
function originOf({ source, project }: LabelPlace, instances: readonly string[]): string {
  const shown = instances.length > 3 ? [...instances.slice(0, 2), `${instances.length - 2} more`] : instances;
  const list = shown.length > 1 ? `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}` : shown.join("");
  return `instance${instances.length > 1 ? "s" : ""} ${list} of ${source}/${project}`;
}
