import { describe, expect, test } from "vitest";
import { decode, decodeValue } from "../../../traefik/decode/decode.ts";
import { encode } from "../../../traefik/encode.ts";
import { vectorsOf } from "../../support/cases/vectors.ts";

const header = (name: string, value: unknown) => ({
  http: { middlewares: { m: { headers: { customRequestHeaders: { [name]: value } } } } },
});
const at = ["http", "middlewares", "m", "headers", "customRequestHeaders"];
const nested = (levels: number): unknown => (levels === 0 ? "x" : { a: nested(levels - 1) });

describe("a plain value", () => {
  test.each<[string, object, unknown[], string]>([
    ["half a character", header("a", "x\ud800"), [...at, "a"], "\\ud800 is half of a pair"],
    ["half a character in a key", header("a\udc00", "x"), at, "\\udc00 is half of a pair"],
    ["a key of 1,023 characters", header("a".repeat(1023), "x"), [...at, "a".repeat(1023)], "at most 1,022"],
    ["100 levels more than Traefik has", header("a", nested(100)), [], "nested deeper than 100 levels"],
  ])("with %s is refused at its path, as its JSON is", (_, value, path, message) => {
    const { problems } = decodeValue(value, "3.7");
    expect(problems).toEqual([expect.objectContaining({ path, message: expect.stringContaining(message) })]);
    expect(decode(JSON.stringify(value), "3.7").verdict).toBe("rejected");
  });

  test("is decoded as the document of it is: the same is refused, and the same is read otherwise than it is written", () => {
    const seen = { rejected: 0, accepted: 0, wipes: 0 };
    for (const { body } of ["documents", "more-documents"].flatMap(vectorsOf)) {
      const value = parsed(body);
      if (typeof value !== "object" || value === null) continue;
      const [direct, text] = [decodeValue(value, "3.7"), decode(encode(value), "3.7")];
      seen[text.verdict] += 1;
      expect(direct.problems.length > 0).toBe(text.verdict === "rejected");
      if (text.verdict !== "rejected")
        expect(direct.altered.map(saying).sort()).toEqual(text.altered.map(saying).sort());
    }
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
  });
});

const saying = ({ message }: { readonly message: string }) => message;

/** What JSON holds; undefined for what is not JSON. */
function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
