import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decode } from "../../traefik/decode/decode.ts";
import { documents } from "../support/cases/documents.ts";
import { everyField } from "../support/cases/every-field.ts";
import { vectorsOf } from "../support/cases/vectors.ts";
import { tell } from "../support/measure.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { runs } from "../support/runs.ts";
import { asLogged } from "../support/traefik/logged.ts";
import { type RealDecoder, type Seen, startDecoder } from "../support/traefik/traefik-decoder.ts";

/**
 * The decoder here and the real Traefik's agree on what becomes of a document, and on what it says. Traefik is asked by its file
 * provider, which has no pause after an error; that it gives the verdicts that the HTTP provider gave is the first test.
 */

const versions = [
  ["3.7.15", 300],
  ["3.5.3", 60],
  ["3.0.4", 60],
] as const;
const parts = await Promise.all(
  versions.map(async ([version, documents]) => ({ version, documents, ...(await realTraefik(version)) })),
);

describe.each(parts)("Traefik $version", ({ version, documents: number, binary, missing }) => {
  describe.skipIf(missing !== undefined)(titled("gives the verdict that is given here", missing), () => {
    let real: RealDecoder;
    beforeAll(async () => {
      real = await startDecoder(binary);
    });
    afterAll(() => real?.stop());

    /** A verdict in a form that can be compared: a document that says nothing is taken as an empty one. */
    function theirs(seen: Seen): object {
      if (seen.verdict === "rejected") return { verdict: "rejected" };
      return { verdict: "taken", document: asLogged(seen.config) };
    }
    function ours(body: string | Uint8Array): object {
      const read = decode(body, version);
      if (read.verdict === "rejected") return { verdict: "rejected" };
      return { verdict: "taken", document: read.verdict === "wipes" ? {} : asLogged(read.document) };
    }

    const onTheNewest = version === "3.7.15" ? test : () => {};
    onTheNewest("on the documents that its HTTP provider was given", async () => {
      for (const { id, body, verdict } of vectorsOf("documents"))
        expect((await real.ask(body)).verdict, id).toBe(verdict);
    });

    test("on every field of the model, one at a time", async () => {
      const cases = everyField();
      for (const { path, document } of cases)
        expect({ path, ...ours(document) }).toEqual({ path, ...theirs(await real.ask(document)) });
      tell(`${version}: ${cases.length} fields`);
    });

    test("on documents of all kinds, right and wrong", async () => {
      const seen = { taken: 0, rejected: 0 };
      const agree = fc.asyncProperty(documents(), async (document) => {
        const answer = await real.ask(document);
        seen[answer.verdict === "rejected" ? "rejected" : "taken"]++;
        expect(ours(document)).toEqual(theirs(answer));
      });
      await fc.assert(agree, { numRuns: runs(number) });
      tell(`${version}: ${seen.taken} documents taken and ${seen.rejected} rejected, no difference`);
    });
  });
});
