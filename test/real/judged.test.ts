import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { check, type Finding } from "../../server/traefik/check.ts";
import { encode } from "../../server/traefik/encode.ts";
import { configurations, joined } from "../support/configurations/configurations.ts";
import { type JudgedTraefik, startJudgedTraefik } from "../support/judged-traefik.ts";
import { tell } from "../support/measure.ts";
import { realTraefik, titled } from "../support/parts.ts";

/**
 * What is said here of whole documents is what the real Traefik does with them. ROLLCALL_TEST_DOCUMENTS says how many are made,
 * ROLLCALL_TEST_SEED from which number; a failure names the number that it had.
 */

const { binary, missing } = await realTraefik("3.7.15");
const seed = Number(process.env.ROLLCALL_TEST_SEED ?? Date.now() % 2 ** 31);
const amount = Number(process.env.ROLLCALL_TEST_DOCUMENTS ?? 500);
/** So many are given to Traefik at once, with names of their own. */
const batch = 25;

/** The objects that are said to be off. */
function off(findings: readonly Finding[]): Set<string> {
  return new Set(findings.flatMap(({ word, id }) => (word === "off" && id !== undefined ? [id] : [])));
}

describe.skipIf(missing !== undefined)(titled("what Traefik would make of a whole document", missing), () => {
  let traefik: JudgedTraefik;
  beforeAll(async () => {
    traefik = await startJudgedTraefik(binary);
  }, 60_000);
  afterAll(() => traefik?.stop());

  /** What is said otherwise than it is, with Traefik's words. */
  async function differences(document: object) {
    const { verdict, findings } = check(encode(document), "3.7.15");
    expect(verdict).toBe("accepted");
    const answer = await traefik.judge(document);
    if ("died" in answer) throw new Error(answer.died.slice(0, 1000));
    const ours = off(findings);
    const wrong: string[] = [];
    for (const [id, { status, error }] of answer.states) {
      if (id.startsWith("http.services/marker-")) continue;
      // Of a circle of routers Traefik warns, and serves the one that closes it to nobody.
      const isOff = status === "disabled" || error.some((one) => one.startsWith("cyclic reference"));
      if (isOff && error.length === 0) wrong.push(`${id} is ${status} without an error`);
      if (isOff !== ours.has(id)) {
        const said = findings.filter((one) => one.id === id).map(({ word, problem }) => `${word}: ${problem.message}`);
        wrong.push(`${id} is ${status} (${error.join("; ")}), and here: ${said.join("; ") || "nothing"}`);
      }
    }
    // A router in another one's care that has TLS is lost before Traefik says anything of it.
    const isLost = (id: string) => findings.some((one) => one.id === id && one.problem.path.endsWith(".tls"));
    const unseen = [...ours].filter((id) => !answer.states.has(id) && !isLost(id));
    return { wrong: [...wrong, ...unseen.map((id) => `${id} is not there`)], off: ours.size, all: answer.states.size };
  }

  test(
    "is what it does, on documents of all kinds",
    async () => {
      const documents = fc.sample(configurations, { numRuns: amount, seed });
      const seen = { off: 0, all: 0 };
      for (let from = 0; from < documents.length; from += batch) {
        const { wrong, off, all } = await differences(joined(documents.slice(from, from + batch)));
        expect(wrong, `made from ${seed}`).toEqual([]);
        seen.off += off;
        seen.all += all;
      }
      tell(`${documents.length} documents: ${seen.all} objects, ${seen.off} of them off, no difference`);
      expect(seen.off).toBeGreaterThan(seen.all / 10);
      expect(seen.off).toBeLessThan((seen.all * 9) / 10);
    },
    60_000 + 50 * amount,
  );
});
