import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { noRoutes, parseRoutes } from "../../server/routes/parse-routes.ts";
import { decode } from "../../traefik/decode/decode.ts";
import { encode } from "../../traefik/encode.ts";
import type { Kind } from "../../traefik/objects/objects.ts";
import { createObjectReader, type ObjectReader } from "../../traefik/read-object.ts";
import { documents } from "../support/cases/documents.ts";
import { everyField } from "../support/cases/every-field.ts";
import { runs } from "../support/runs.ts";

/** A document with nothing but that object, as bytes for Traefik. */
function alone(kind: Kind, value: unknown): Buffer {
  const [section = "", part = ""] = kind.split(".");
  return encode({ [section]: { [part]: part === "certificates" ? [value] : { a: value } } });
}

describe.each(["3.7", "3.6.15", "3.5.3", "3.0.4"])("what is read of an object for Traefik %s", (version) => {
  test("is an object that Traefik takes, and reads as it was written", () => {
    const read = createObjectReader(version);
    let asWritten = 0;
    const reader: ObjectReader = (kind, name, written) => {
      const found = read(kind, name, written);
      if (!("value" in found)) return found;
      const theirs = decode(alone(kind, found.value), version);
      expect({ kind, written, verdict: theirs.verdict }).toEqual({ kind, written, verdict: "accepted" });
      const meant = decode(alone(kind, written), version);
      // What is left out of it is said in a note.
      if (meant.verdict !== "accepted" || found.note !== undefined) return found;
      expect({ kind, written, document: "document" in theirs && theirs.document }).toEqual({
        kind,
        written,
        document: meant.document,
      });
      asWritten++;
      return found;
    };
    function holds(text: string): void {
      // The end of a line to YAML, and none to JSON.
      if (text.includes("\u0085")) return;
      const files = new Map([["routes/a.yaml", new TextEncoder().encode(text)]]);
      parseRoutes(
        {
          directory: "routes",
          files,
          attached: new Map(),
          problems: [],
          remarks: [],
          empty: [],
          absent: false,
          watched: [],
        },
        reader,
        noRoutes,
      );
    }
    for (const { document } of everyField()) holds(document);
    // Always the same, so that how many are read as they are written is no chance.
    for (const text of fc.sample(documents(), { numRuns: 140, seed: 1 })) holds(text);
    expect(asWritten).toBeGreaterThan(300);
    fc.assert(fc.property(documents(), holds), { numRuns: runs(6) });
  });
});
