import { createColors } from "picocolors";
import { formatProblem, plural } from "../files/format-problems.ts";
import { type Checked, check } from "../traefik/check-document.ts";
import type { Finding } from "../traefik/model/finding.ts";
import { kindOf } from "../traefik/objects/objects.ts";
import { exitCodes } from "./exit-codes.ts";

export interface CheckDocumentOptions {
  /** The name of the document in messages. */
  readonly name: string;
  readonly document: Uint8Array;
  /** `3.7` or `3.7.15`: the Traefik that will read it. */
  readonly traefik: string;
  /** Whether `off` and `random` are errors too. */
  readonly strict: boolean;
  readonly colour: boolean;
  readonly write: (text: string) => void;
}

/**
 * Writes what Traefik would make of a document: "accepted", or findings, each with a word. Errors: `refused` (it would ignore the document
 * and keep its configuration), `wipes` (it would remove everything from this provider), `altered` (it would read something differently from
 * what is written), `fatal` (its process would crash). Warnings: `off` (it would turn that object off), `random` (it would choose at random),
 * `noted` (something to know). Returns the exit code: 0, or 1 with an error; under `strict`, `off` and `random` are errors.
 */
export function checkDocument({ name, document, traefik, strict, colour, write }: CheckDocumentOptions): number {
  const checked = check(document, traefik, name);
  const colours = createColors(colour);
  for (const { word, problem } of checked.findings) write(formatProblem(problem, colours, word));
  const end = conclusion(checked, traefik);
  const isFailed = checked.findings.some(({ word }) => errors.has(word) || (strict && strictly.has(word)));
  write(isFailed ? `${colours.red(`FAILED: ${end}`)}\n` : `${end}\n`);
  return isFailed ? exitCodes.error : exitCodes.ok;
}

const errors = new Set<Finding["word"]>(["refused", "wipes", "altered", "fatal"]);
const strictly = new Set<Finding["word"]>(["off", "random"]);

function conclusion({ verdict, findings }: Checked, traefik: string): string {
  if (verdict === "rejected") return `Traefik ${traefik} would refuse the whole document`;
  if (verdict === "wipes") return `Traefik ${traefik} would remove everything from this provider`;
  const words = new Set(findings.map(({ word }) => word));
  if (words.has("fatal")) return `Traefik ${traefik} would take the document, and crash`;
  if (words.has("altered")) return `Traefik ${traefik} would read the document differently from what is written`;
  const said = [turnedOff(findings), atRandom(findings)].filter((one) => one !== "");
  return said.length === 0 ? "accepted" : `accepted, but Traefik ${traefik} would ${said.join(", and ")}`;
}

/** `turn off 2 routers and 1 service`; empty if nothing is. */
function turnedOff(findings: Checked["findings"]): string {
  const off = findings.filter(({ word }) => word === "off");
  const counts = ["router", "service", "middleware"].flatMap((noun) => {
    const count = off.filter(({ id }) => id && kindOf(id).endsWith(`.${noun}s`)).length;
    return count === 0 ? [] : [plural(count, noun)];
  });
  if (counts.length === 0) return "";
  const last = counts.pop();
  return `turn off ${counts.length > 0 ? `${counts.join(", ")} and ` : ""}${last}`;
}

function atRandom(findings: Checked["findings"]): string {
  const count = findings.filter(({ word }) => word === "random").length;
  return count === 0 ? "" : `choose at random in ${plural(count, "case")}`;
}
