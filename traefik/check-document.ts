import { type KeyPath, writePath } from "../files/key-path.ts";
import { byPlace, type Problem, problemPlace } from "../files/problem.ts";
import { decode } from "./decode/decode.ts";
import { type Judgement, judge } from "./judge/judge.ts";
import { objectsOf } from "./objects/document.ts";
import { type Kind, kindOf, nameOf, type ObjectId } from "./objects/objects.ts";

/** Something that Traefik would make of a document. */
export interface Finding {
  /**
   * `refused`: it would take nothing of the document, and keep what it has. `wipes`: it would remove everything of this provider. `altered`: it
   * would take it, otherwise than it is written. The others are said of one object each, and told in `Judgement`.
   */
  readonly word: "refused" | "wipes" | "altered" | Judgement["word"];
  /** Where and why. No message holds a value; the quoted line may. */
  readonly problem: Problem;
  /** The object that is meant, where it is one. */
  readonly id?: ObjectId;
}

export interface Checked {
  /** Whether Traefik would work with the document, with all of it or a part. */
  readonly verdict: "accepted" | "rejected" | "wipes";
  /** By their places. */
  readonly findings: readonly Finding[];
}

/**
 * What a Traefik of `version`, `3.7` or `3.7.15`, would make of a body that its HTTP provider is answered with: first its decoder, then what it does
 * with the objects. Pure, never throws, whatever the bytes are; linear in their number. `file` is what places are said to be in.
 */
export function check(body: Uint8Array | string, version: string, file = "document"): Checked {
  const decoded = decode(body, version, file);
  const named = (word: Finding["word"]) => (problem: Problem) => ({ word, problem });
  if (decoded.verdict === "rejected") return { verdict: "rejected", findings: decoded.problems.map(named("refused")) };
  const altered = decoded.altered.map(named("altered"));
  if (decoded.verdict === "wipes")
    return { verdict: "wipes", findings: [...altered, ...decoded.problems.map(named("wipes"))] };
  const { document, placeOf } = decoded;
  const place = (id: ObjectId) => problemPlace(placeOf(pathOf(id)));
  const judged = judge(objectsOf(document), version, place).map(({ id, word, path, message }): Finding => {
    const here = [...pathOf(id), ...path];
    return { word, id, problem: { ...placeOf(here), path: writePath(here), message } };
  });
  return { verdict: "accepted", findings: [...altered, ...judged].sort((a, b) => byPlace(a.problem, b.problem)) };
}

function pathOf(id: ObjectId): KeyPath {
  const kind: Kind = kindOf(id);
  return [...kind.split("."), kind === "tls.certificates" ? Number(nameOf(id)) : nameOf(id)];
}
