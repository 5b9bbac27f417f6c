import { readFileSync } from "node:fs";

/** A document with the verdict of the real Traefik, and what it made of it. */
export interface Vector {
  readonly id: string;
  readonly body: Uint8Array;
  readonly verdict: "accepted" | "rejected" | "wipes";
  readonly decoded: object | undefined;
  readonly version: string;
}

interface Row {
  readonly id: string;
  readonly payload: string;
  readonly encoding?: "utf8" | "base64";
  readonly verdict: "accepted" | "rejected" | "wiped";
  readonly decoded?: object;
  /** Where it is not 3.7.15. */
  readonly version?: string;
}

const verdicts = { accepted: "accepted", rejected: "rejected", wiped: "wipes" } as const;

/** The rows of a file in test/vectors. A whole number beyond 2^53 is the text `big:` and the number. */
export function vectorsOf(name: string): Vector[] {
  return readFileSync(`test/vectors/${name}.jsonl`, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line.replace(/(?<="decoded".*: )\d{17,}(?=[,}])/, '"big:$&"')) as Row)
    .map(({ id, payload, encoding = "utf8", verdict, decoded, version = "3.7.15" }) => {
      return { id, body: Buffer.from(payload, encoding), verdict: verdicts[verdict], decoded, version };
    });
}
