import { byCodePoint } from "../../files/by-code-point.ts";
import { guarded } from "../../files/fault.ts";
import { type ObjectId, objectId } from "../../traefik/objects/objects.ts";
import type { ObjectReader } from "../../traefik/read-object.ts";
import type { LabelledPlan } from "../roll-call/plan.ts";
import { serverRefusal } from "./allowed.ts";
import { candidateOf, judged, type LabelCandidate, placed } from "./candidate.ts";
import { allowsNonRunning, switchProblem } from "./exposed.ts";
import { serviceName } from "./fill-in.ts";
import { type KeyAtFault, keysAtFault } from "./key-at-fault.ts";
import type { LabelledProject } from "./label-sources.ts";
import type { LabelledObject } from "./labelled-object.ts";
import { labelsOf } from "./labels-of.ts";
import type { Declaration } from "./merge.ts";
import { type InstanceReading, readInstance } from "./read-instance.ts";
import { remarksOn } from "./unread.ts";

/** What the labels of all projects declare. */
export interface Labelled {
  readonly candidates: readonly LabelCandidate[];
  /** What is wrong with the labels of single instances. */
  readonly problems: readonly InstanceRemark[];
}

/** A remark about one instance: all that its labels say is ignored, or what they say of one object, or one label is probably a mistake. */
export interface InstanceRemark extends Pick<LabelledPlan, "source" | "project" | "instance"> {
  /** The object that the instance takes no part in because of it. */
  readonly id?: ObjectId;
  /** With the config key. It holds no value, which may be a secret. */
  readonly reason: string;
}

/** Reads what instances declare by labels. It remembers the last reading, because most labels are the same at each roll call. */
export type LabelReader = (rows: readonly LabelledPlan[]) => Labelled;

export function createLabelReader(
  places: readonly LabelledProject[],
  decode: ObjectReader,
  traefik: string,
): LabelReader {
  let known = new Map<string, InstanceReading>();

  return (rows) => {
    const next: typeof known = new Map();
    const labelled = places.map((place) => {
      const mine = rows.filter(({ source, project }) => source === place.source && project === place.project);
      const read = mine.map((row) => {
        const text = JSON.stringify([place.source, place.project, row.instance, row.keys]);
        const reading =
          known.get(text) ??
          guarded(
            () => readRow(place, row, decode),
            (problem) => ({ problem }),
          );
        next.set(text, reading);
        return { row, reading };
      });
      return join(place, read, traefik);
    });
    known = next;
    return {
      candidates: labelled.flatMap(({ candidates }) => candidates),
      problems: labelled.flatMap(({ problems }) => problems),
    };
  };
}

function readRow(place: LabelledProject, { instance, keys }: LabelledPlan, decode: ObjectReader): InstanceReading {
  const { labels, problem } = labelsOf(keys);
  const wrong = problem ?? switchProblem(labels);
  if (wrong !== undefined) return { problem: wrong };
  const name = serviceName(instance);
  const rule = place.defaultRule({ name, containerName: instance, labels });
  const reading = readInstance(labels, { name, rule, port: place.defaultPort }, decode);
  if ("problem" in reading) return reading;
  const objects = reading.objects.map((object) => withoutForeignServer(object, place));
  return { objects, remarks: remarksOn(labels) };
}

/** A service whose server is named by a URL that is not allowed can't be served. */
function withoutForeignServer(object: LabelledObject, { allow }: LabelledProject): LabelledObject {
  const { kind, value, endpoint } = object;
  const problem = value && !endpoint && kind === "http.services" ? serverRefusal(value, allow) : undefined;
  return problem === undefined ? object : { ...object, value: undefined, problem };
}

/** Joins what the instances of one project declare. */
function join(
  place: LabelledProject,
  instances: readonly { readonly row: LabelledPlan; readonly reading: InstanceReading }[],
  traefik: string,
): Labelled {
  const problems: InstanceRemark[] = [];
  // Objects of absent instances do not count as declared; otherwise a reference could silently resolve to a group's or route file's object.
  const taking = instances.filter(({ row }) => takesPart(row));
  const declared = new Set(taking.flatMap(({ reading }) => objectsOf(reading).map(idOf)));
  const options = { place, own: (id: ObjectId) => declared.has(id), traefik };
  const declarations = new Map<ObjectId, Declaration[]>();
  for (const { row, reading } of instances) {
    const { source, project, instance } = row;
    const about = { source, project, instance };
    const address = row.state === "absent" ? undefined : row.address;
    const keyAtFault = keysAtFault(row.keys);
    for (const reason of "problem" in reading ? [reading.problem] : (reading.remarks ?? []))
      problems.push({ ...about, reason });
    for (const object of objectsOf(reading)) {
      const id = idOf(object);
      const said = { ...object, instance, address };
      const off = (problem: string) => ({ ...said, value: undefined, problem });
      const declaration = blamed(takesPart(row) ? guarded(() => judged(said, options), off) : said, keyAtFault);
      if (declaration.problem !== undefined)
        problems.push({ ...about, id: placed(place, id), reason: `${declaration.key}: ${declaration.problem}` });
      if (!takesPart(row)) continue;
      const others = declarations.get(id);
      if (others) others.push(declaration);
      else declarations.set(id, [declaration]);
    }
  }
  const sorted = [...declarations].sort(([a], [b]) => byCodePoint(a, b));
  const candidates = sorted.map(([id, all]) =>
    guarded(
      () => candidateOf(id, all, options),
      (problem) =>
        candidateOf(
          id,
          all.map((one) => ({ ...one, value: undefined, problem })),
          options,
        ),
    ),
  );
  return { candidates, problems };
}

/** A declaration with a problem has the key that is at fault. */
function blamed(declaration: Declaration, keyAtFault: KeyAtFault): Declaration {
  const { problem } = declaration;
  return problem === undefined ? declaration : { ...declaration, key: keyAtFault(declaration, problem) };
}

function objectsOf(reading: InstanceReading): readonly LabelledObject[] {
  return "problem" in reading ? [] : reading.objects;
}

function idOf({ kind, name }: LabelledObject): ObjectId {
  return objectId(kind, name);
}

/** Instances that run, and stopped ones whose services are to stay. */
function takesPart({ state, keys, reason }: LabelledPlan): boolean {
  return state !== "absent" || (reason === "stopped" && allowsNonRunning(labelsOf(keys).labels));
}
