import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { received } from "../../../server/follow/received.ts";
import { runs } from "../../support/runs.ts";

const mapOf = (entries: readonly (readonly [name: string, value: string])[]) =>
  `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
/** A name may be there twice. */
const maps = (names: readonly string[], values: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(fc.tuple(fc.constantFrom(...names), values), { maxLength }).map(mapOf);
const service = (url: string) => `{"loadBalancer":{"servers":[{"url":"${url}"}]}}`;
const objects = fc.constantFrom(
  ...[service("http://a"), service("http://b"), service("http://c"), "{}", '{"loadBalancer":{"passHostHeader":true}}'],
  // What Traefik refuses, some of it only because its reader is one of YAML.
  ...['{"nope":1}', '{"loadBalancer":{}}', service("\\ud800"), service("\u007f"), '"text"', "[]", "null", "[[1]]"],
);
const names = ["a", "b", "1", "__proto__", "constructor", "services"];
const around = (objects: fc.Arbitrary<string>, parts: readonly string[], sections: readonly string[]) =>
  maps(sections, fc.oneof({ weight: 9, arbitrary: maps(parts, objects, 2) }, other), 2);
const other = fc.constantFrom("{}", '"text"', "[]", "null");
const documents = around(maps(names, objects, 4), ["services", "Services", "nope"], ["http", "foo", "HTTP"]);
const plain = fc.constantFrom(service("http://a"), service("http://b"), '{"loadBalancer":{"passHostHeader":true}}');
const former = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...names), plain), { selector: ([name]) => name, minLength: 1 })
  .map((entries) => `{"http":{"services":${mapOf(entries)}}}`);

const outcome = (text: string, before?: string) => {
  const body = Buffer.from(text);
  const version = createHash("sha256").update(body).digest("hex");
  try {
    return received({ body, version }, "3.7", before === undefined ? undefined : Buffer.from(before)).body.toString();
  } catch (error) {
    return (error as Error).message;
  }
};

test("a document is taken or refused for the same reason, whatever was taken before it", () => {
  fc.assert(
    fc.property(former, fc.array(fc.oneof(documents, former), { minLength: 1, maxLength: 5 }), (before, later) => {
      expect(outcome(before)).toBe(before);
      for (const text of later) expect(outcome(text, before)).toBe(outcome(text));
    }),
    { numRuns: runs(300) },
  );
});

test("what is the same in the document before it is not read again", () => {
  const [before, now] = [service("http://a"), service("http://b")].map(
    (one) => `{"http":{"services":{"a":${one},"b":{"nope":1}}}}`,
  );
  expect(outcome(now ?? "")).toMatch(/^Traefik would not take the document: is no field/);
  expect(outcome(now ?? "", before)).toBe(now);
});
