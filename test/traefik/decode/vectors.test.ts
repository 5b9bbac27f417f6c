import { describe, expect, test } from "vitest";
import { decode } from "../../../traefik/decode/decode.ts";
import { vectorsOf } from "../../support/cases/vectors.ts";

describe.each(["documents", "more-documents"])("of test/vectors/%s.jsonl, Traefik's verdict is given on", (name) => {
  test.each(vectorsOf(name))("$id", ({ body, verdict, decoded, version }) => {
    const read = decode(body, version);
    expect(read.verdict).toBe(verdict);
    if (read.verdict !== "accepted" || decoded === undefined) return;
    const text = JSON.stringify(read.document, (_, value) => (typeof value === "bigint" ? `big:${value}` : value));
    expect(JSON.parse(text)).toEqual(decoded);
  });
});
