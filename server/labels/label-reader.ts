import { byCodePoint } from "../../files/by-code-point.ts";
import { guarded } from "../../files/fault.ts";
import { type ObjectId, objectId } from "../../traefik/objects/objects.ts";
import type { ObjectReader } from "../../traefik/read-object.ts";
import type { LabelledPlan } from "../roll-call/plan.ts";
import { candidateOf, type LabelCandidate, placed, withAllowedNames } from "./candidate.ts";
import { type JudgedInstance, judgeInstance } from "./judge-instance.ts";
import type { LabelledProject } from "./label-sources.ts";
import type { LabelledObject } from "./labelled-object.ts";
import type { Declaration } from "./merge.ts";

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
  let known = new Map<string, JudgedInstance>();

  return (rows) => {
    const next: typeof known = new Map();
    const labelled = places.map((place) => {
      const mine = rows.filter(({ source, project }) => source === place.source && project === place.project);
      const read = mine.map((row) => {
        const text = JSON.stringify([place.source, place.project, row.instance, row.keys]);
        const reading =
          known.get(text) ??
          guarded(
            () => judgeInstance(row, { place, decode, traefik }),
            (problem) => ({ problem }),
          );
        next.set(text, reading);
        return { row, reading };
      });
      return join(place, read);
    });
    known = next;
    return {
      candidates: labelled.flatMap(({ candidates }) => candidates),
      problems: labelled.flatMap(({ problems }) => problems),
    };
  };
}

/** Joins what the instances of one project declare. */
function join(
  place: LabelledProject,
  instances: readonly { readonly row: LabelledPlan; readonly reading: JudgedInstance }[],
): Labelled {
  const problems: InstanceRemark[] = [];
  // Objects of absent instances do not count as declared; otherwise a reference could silently resolve to a group's or route file's object.
  const declared = new Set(instances.flatMap(({ row, reading }) => takingPart(row, reading)?.map(idOf) ?? []));
  const options = { place, own: (id: ObjectId) => declared.has(id) };
  const declarations = new Map<ObjectId, Declaration[]>();
  for (const { row, reading } of instances) {
    const { source, project, instance } = row;
    const about = { source, project, instance };
    const address = row.state === "absent" ? undefined : row.address;
    if ("problem" in reading) {
      problems.push({ ...about, reason: reading.problem });
      continue;
    }
    problems.push(...reading.remarks.map((reason) => ({ ...about, reason })));
    const taking = takingPart(row, reading);
    for (const object of taking ?? reading.read) {
      const id = idOf(object);
      const said = { ...object, instance, address };
      const off = (problem: string) => ({ ...said, value: undefined, problem });
      const checked = taking ? guarded(() => withAllowedNames(said, options), off) : said;
      const { problem } = checked;
      const key = problem === undefined ? checked.key : reading.keyAtFault(checked, problem);
      const declaration = { ...checked, key };
      if (problem !== undefined) problems.push({ ...about, id: placed(place, id), reason: `${key}: ${problem}` });
      if (!taking) continue;
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

function idOf({ kind, name }: LabelledObject): ObjectId {
  return objectId(kind, name);
}

/** The objects of an instance that runs, or of a stopped one whose services are to stay; undefined for others. */
function takingPart({ state, reason }: LabelledPlan, reading: JudgedInstance): readonly LabelledObject[] | undefined {
  if ("problem" in reading) return undefined;
  return state !== "absent" || (reason === "stopped" && reading.stays) ? reading.judged : undefined;
}
