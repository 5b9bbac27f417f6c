import { writePath } from "../files/key-path.ts";
import { byPlace, type Problem, problemPlace } from "../files/problem.ts";
import { decode } from "./decode/decode.ts";
import { judge } from "./judge/judge.ts";
import type { Finding } from "./model/finding.ts";
import { objectsOf } from "./objects/document.ts";
import { documentPath, type ObjectId } from "./objects/objects.ts";
import { withOwnNames } from "./objects/references.ts";

export interface Checked {
  /** Whether Traefik would use the document, in whole or in part. */
  readonly verdict: "accepted" | "rejected" | "wipes";
  /** The word of each, where and why in the file, and the object where one is meant; by their places. The quoted line may hold a secret. */
  readonly findings: readonly { readonly word: Finding["word"]; readonly problem: Problem; readonly id?: ObjectId }[];
}

/**
 * What a Traefik of `version`, `3.7` or `3.7.15`, would make of a body that its HTTP provider receives: first its decoder, then what it does
 * with the objects. Pure; never throws, for any bytes; linear in their number. `file` is the file name used in places.
 */
export function check(body: Uint8Array | string, version: string, file = "document"): Checked {
  const decoded = decode(body, version, file);
  const named = (word: Finding["word"]) => (problem: Problem) => ({ word, problem });
  if (decoded.verdict === "rejected") return { verdict: "rejected", findings: decoded.problems.map(named("refused")) };
  const altered = decoded.altered.map(named("altered"));
  if (decoded.verdict === "wipes")
    return { verdict: "wipes", findings: [...altered, ...decoded.problems.map(named("wipes"))] };
  const { document, placeOf } = decoded;
  const place = (id: ObjectId) => problemPlace(placeOf(documentPath(id)));
  const objects = [...objectsOf(document)].map(([id, value]) => [id, withOwnNames(id, value)] as const);
  const judged = judge(new Map(objects), version, place).map(([id, { word, path, message }]) => {
    const here = [...documentPath(id), ...path];
    return { word, id, problem: { ...placeOf(here), path: writePath(here), message } };
  });
  return { verdict: "accepted", findings: [...altered, ...judged].sort((a, b) => byPlace(a.problem, b.problem)) };
}
