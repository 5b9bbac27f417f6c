import { type Candidate, kindOf, nameOf, type ObjectId, objectId } from "../../traefik/objects/objects.ts";
import { withNames } from "../../traefik/objects/references.ts";
import { nameRefusal } from "./allowed.ts";
import { objectKey } from "./key-at-fault.ts";
import type { LabelledProject } from "./label-sources.ts";
import { type Declaration, merge } from "./merge.ts";

/** An object that instances of one project declare, for the document. */
export interface LabelCandidate extends Candidate {
  readonly place: LabelledProject;
  /** The instances that declare it. */
  readonly instances: readonly string[];
  /** Their current addresses: a previous form of it may only lead to these. */
  readonly addresses: ReadonlySet<string>;
}

export interface CandidateOptions {
  readonly place: LabelledProject;
  /** Whether instances of the project declare the object of that id. */
  readonly own: (id: ObjectId) => boolean;
}

/** A declaration as it may be served: one that names what it may not gets a problem. */
export function withAllowedNames(declaration: Declaration, { place, own }: CandidateOptions): Declaration {
  const { kind, name, value } = declaration;
  const problem = value && nameRefusal(objectId(kind, name), value, place.allow, own);
  return problem === undefined ? declaration : { ...declaration, value: undefined, problem };
}

/** Joins what instances declare of one object. `declarations`: at least one, each judged. */
export function candidateOf(
  written: ObjectId,
  declarations: readonly Declaration[],
  { place, own }: CandidateOptions,
): LabelCandidate {
  const { instances, value, problem, note } = merge(declarations);
  const all = declarations.map(({ instance }) => instance);
  const faulty = value === undefined ? declarations.find((one) => one.problem !== undefined) : undefined;
  const key = faulty?.key ?? objectKey(declarations[0]?.key ?? "");
  const about = {
    id: placed(place, written),
    origin: `${originOf(place, instances.length > 0 ? instances : all)}, ${key}`,
    byLabels: true as const,
    place,
    instances: all,
    addresses: new Set(declarations.flatMap(({ address }) => (address === undefined ? [] : [address]))),
    ...(note !== undefined && { note }),
  };
  if (value === undefined) return { ...about, value, problem: problem ?? faulty?.problem ?? "cannot be read" };
  const rename = (name: string, id: ObjectId) => (own(id) ? `${place.prefix}${name}` : name);
  return { ...about, value: withNames(written, value, ({ kind, name }) => rename(name, objectId(kind, name))) };
}

/** The object's id in the document. */
export function placed({ prefix }: LabelledProject, id: ObjectId): ObjectId {
  return objectId(kindOf(id), `${prefix}${nameOf(id)}`);
}

/** `instance web-0 of local/default`, `instances web-0, web-1 and 3 more of ...`. */
function originOf({ source, project }: LabelledProject, instances: readonly string[]): string {
  const shown = instances.length > 3 ? [...instances.slice(0, 2), `${instances.length - 2} more`] : instances;
  const list = shown.length > 1 ? `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}` : shown.join("");
  return `instance${instances.length > 1 ? "s" : ""} ${list} of ${source}/${project}`;
}
