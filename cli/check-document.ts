import { createColors } from "picocolors";
import { type Decoded, decode } from "../server/traefik/decode.ts";
import { formatProblem } from "../shared/files/format-problems.ts";
import type { Problem } from "../shared/files/problem.ts";
import { exitCodes } from "./exit-codes.ts";

export interface CheckDocumentOptions {
  /** What the document is called, for a person. */
  readonly name: string;
  readonly document: Uint8Array;
  /** `3.7` or `3.7.15`: the Traefik that is to take it. */
  readonly traefik: string;
  readonly colour: boolean;
  readonly write: (text: string) => void;
}

/**
 * Writes what Traefik would make of a document: "accepted", or the reasons, each with one of three words: `refused` (it would take
 * nothing of the document and keep what it has), `wipes` (it would remove everything of this provider), `altered` (it would take it,
 * otherwise than it is written). Returns the exit code: 0, or 1 with a reason.
 */
export function checkDocument({ name, document, traefik, colour, write }: CheckDocumentOptions): number {
  const decoded = decode(document, traefik, name);
  const colours = createColors(colour);
  const reasons = reasonsOf(decoded);
  for (const [word, problem] of reasons) write(formatProblem(problem, colours, word));
  if (reasons.length === 0) write("accepted\n");
  else write(`${colours.red(`FAILED: ${conclusion(decoded, traefik)}`)}\n`);
  return reasons.length === 0 ? exitCodes.ok : exitCodes.error;
}

type Reason = readonly [word: "refused" | "wipes" | "altered", problem: Problem];

function reasonsOf(decoded: Decoded): Reason[] {
  const { verdict } = decoded;
  if (verdict === "rejected") return decoded.problems.map((problem) => ["refused", problem]);
  const altered = decoded.altered.map((problem): Reason => ["altered", problem]);
  if (verdict === "accepted") return altered;
  return [...altered, ...decoded.problems.map((problem): Reason => ["wipes", problem])];
}

function conclusion({ verdict }: Decoded, traefik: string): string {
  switch (verdict) {
    case "rejected":
      return `Traefik ${traefik} would refuse the whole document`;
    case "wipes":
      return `Traefik ${traefik} would remove everything of this provider`;
    case "accepted":
      return `Traefik ${traefik} would take the document, otherwise than it is written`;
  }
}
