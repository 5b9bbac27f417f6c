import { byCodePoint } from "../../shared/by-code-point.ts";
import { writePath } from "../../shared/files/key-path.ts";
import type { LabelledPlan } from "../plan.ts";
import { objectProblem } from "../routes/object-problem.ts";
import { type Candidate, kindOf, nameOf, type ObjectId, objectId } from "../routes/objects.ts";
import type { ObjectReader } from "../routes/parse-routes.ts";
import { withNames } from "../routes/references.ts";
import { refusalOf, serverRefusal, withEntryPoints } from "./allowed.ts";
import { allowsNonRunning, switchProblem } from "./exposed.ts";
import { labelsOf } from "./labels-of.ts";
import { type Declaration, merge } from "./merge.ts";
import type { LabelPlace } from "./places.ts";
import { type InstanceReading, type LabelledObject, readInstance } from "./read-instance.ts";
import { serviceName } from "./wiring.ts";

/** What the labels of all places declare. */
export interface Labelled {
  readonly candidates: readonly LabelCandidate[];
  /** What is wrong with one instance's labels, and no other's. */
  readonly problems: readonly InstanceProblem[];
}

export interface LabelCandidate extends Candidate {
  readonly place: LabelPlace;
  /** Those that declare it. */
  readonly instances: readonly string[];
  /** Their addresses of now: what an earlier form of it may still lead to. */
  readonly addresses: ReadonlySet<string>;
}

export interface InstanceProblem {
  readonly source: string;
  readonly project: string;
  readonly instance: string;
  /** The object that the instance therefore has no part in. */
  readonly id?: ObjectId;
  /** With the config key. It holds no value that may be a secret. */
  readonly message: string;
}

/** Reads what instances declare by labels. One reads for all walks: it remembers what it read of labels that have not changed. */
export type LabelReader = (rows: readonly LabelledPlan[]) => Labelled;

export function createLabelReader(places: readonly LabelPlace[], decode: ObjectReader, traefik: string): LabelReader {
  let known = new Map<string, InstanceReading>();

  return (rows) => {
    const next: typeof known = new Map();
    const labelled = places.map((place) => {
      const mine = rows.filter(({ source, project }) => source === place.source && project === place.project);
      return readPlace(place, mine, (row) => {
        const text = JSON.stringify([place.source, place.project, row.instance, row.keys]);
        const reading = known.get(text) ?? read(place, row);
        next.set(text, reading);
        return reading;
      });
    });
    known = next;
    return {
      candidates: labelled.flatMap(({ candidates }) => candidates),
      problems: labelled.flatMap(({ problems }) => problems),
    };
  };

  function read(place: LabelPlace, { instance, keys }: LabelledPlan): InstanceReading {
    const { labels, problem } = labelsOf(keys);
    const wrong = problem ?? switchProblem(labels);
    if (wrong !== undefined) return { problem: wrong };
    const name = serviceName(instance);
    const rule = place.defaultRule({ name, containerName: instance, labels });
    return readInstance(labels, { name, rule }, decode);
  }

  function readPlace(
    place: LabelPlace,
    rows: readonly LabelledPlan[],
    readingOf: (row: LabelledPlan) => InstanceReading,
  ): Labelled {
    const problems: InstanceProblem[] = [];
    const declarations = new Map<ObjectId, Declaration[]>();
    for (const row of rows) {
      const about = { source: row.source, project: row.project, instance: row.instance };
      const reading = readingOf(row);
      if ("problem" in reading) {
        problems.push({ ...about, message: reading.problem });
        continue;
      }
      for (const read of reading.objects) {
        const object = withoutForeignServer(read, place);
        const id = objectId(object.kind, object.name);
        if (object.problem !== undefined)
          problems.push({ ...about, id: placed(place, id), message: `${object.key}: ${object.problem}` });
        if (!takesPart(row)) continue;
        const declaration = {
          ...object,
          instance: row.instance,
          address: row.state === "absent" ? undefined : row.address,
        };
        declarations.set(id, [...(declarations.get(id) ?? []), declaration]);
      }
    }
    const candidates = [...declarations]
      .sort(([a], [b]) => byCodePoint(a, b))
      .map(([id, all]) => candidateOf(place, id, all, (other) => declarations.has(other)));
    return { candidates, problems };
  }

  function candidateOf(
    place: LabelPlace,
    written: ObjectId,
    all: readonly Declaration[],
    own: (id: ObjectId) => boolean,
  ): LabelCandidate {
    const kind = kindOf(written);
    const { instances, value, problem, note } = merge(all);
    const id = placed(place, written);
    const [first] = all;
    const origin = `${originOf(place, instances.length > 0 ? instances : all.map(({ instance }) => instance))}, ${first?.key}`;
    const about = {
      id,
      origin,
      byLabels: true as const,
      place,
      instances: all.map(({ instance }) => instance),
      addresses: new Set(all.flatMap(({ address }) => (address === undefined ? [] : [address]))),
      ...(note !== undefined && { note }),
    };
    if (value === undefined)
      return {
        ...about,
        value,
        problem: problem ?? all.find((one) => one.problem !== undefined)?.problem ?? "cannot be read",
      };
    const pointed = withEntryPoints(kind, value, place.allow);
    const wrong = objectProblem(kind, pointed, traefik);
    const refusal = wrong
      ? [writePath(wrong.path), wrong.message].filter((part) => part !== "").join(": ")
      : refusalOf(written, pointed, { allow: place.allow, own, traefik });
    if (refusal !== undefined) return { ...about, value: undefined, problem: refusal };
    const named = withNames(written, pointed, ({ kind, name }) =>
      own(objectId(kind, name)) ? `${place.prefix}${name}` : name,
    );
    return { ...about, value: named };
  }
}

/** The object's id in the document. */
function placed({ prefix }: LabelPlace, id: ObjectId): ObjectId {
  return objectId(kindOf(id), `${prefix}${nameOf(id)}`);
}

/** A service whose server is named by a URL that is not allowed can't be served. */
function withoutForeignServer(object: LabelledObject, { allow }: LabelPlace): LabelledObject {
  const { kind, value, endpoint } = object;
  const problem = value && !endpoint && kind === "http.services" ? serverRefusal(value, allow) : undefined;
  return problem === undefined ? object : { ...object, value: undefined, problem };
}

/** Who runs, and whoever wants its services kept while it does not. */
function takesPart({ state, keys, reason }: LabelledPlan): boolean {
  return state !== "absent" || (reason === "stopped" && allowsNonRunning(labelsOf(keys).labels));
}

/** `instance web-0 of local/default`, `instances web-0, web-1 and 3 more of ...`. */
function originOf({ source, project }: LabelPlace, instances: readonly string[]): string {
  const shown = instances.length > 3 ? [...instances.slice(0, 2), `${instances.length - 2} more`] : instances;
  const list = shown.length > 1 ? `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}` : shown.join("");
  return `instance${instances.length > 1 ? "s" : ""} ${list} of ${source}/${project}`;
}
