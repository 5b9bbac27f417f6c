import { expect, test } from "vitest";
import { checkDocument } from "../../cli/check-document.ts";
import { usePlaces } from "./places.ts";

function check(text: string, traefik = "3.7") {
  let output = "";
  const write = (more: string) => {
    output += more;
  };
  const code = checkDocument({ name: "a.yaml", document: Buffer.from(text), traefik, colour: false, write });
  return { code, output };
}

test("a document that Traefik takes as it is written is accepted", () => {
  expect(check('{"http":{"routers":{"a":{"rule":"x"}}}}')).toEqual({ code: 0, output: "accepted\n" });
});

test("one that Traefik refuses is refused, with every reason in its place", () => {
  const { code, output } = check("http:\n  routers:\n    a:\n      rulee: x\n      priority: y\n");
  expect(code).toBe(1);
  expect(output.split("\n").filter((line) => line.startsWith("a.yaml"))).toEqual([
    'a.yaml:4:7: refused: http.routers.a.rulee: is no field that Traefik knows, did you mean "rule"?',
    "a.yaml:5:17: refused: http.routers.a.priority: must be a whole number of 64 bits",
  ]);
  expect(output).toMatch(/FAILED: Traefik 3\.7 would refuse the whole document\n$/);
});

test("one that would remove everything wipes", () => {
  expect(check("{}")).toEqual({
    code: 1,
    output:
      "a.yaml: wipes: holds nothing that Traefik works with: it would remove everything of this provider\n" +
      "FAILED: Traefik 3.7 would remove everything of this provider\n",
  });
});

test("one that is read otherwise than it is written is altered", () => {
  const { code, output } = check('http: { routers: { a: { rule: x, tls: "yes" } } }\n');
  expect(code).toBe(1);
  expect(output).toMatch(/^a\.yaml:1:39: altered: http\.routers\.a\.tls: is read as if it were not there/);
  expect(output).toMatch(/FAILED: Traefik 3\.7 would take the document, otherwise than it is written\n$/);
});

test("a field that the Traefik of --traefik does not know is refused", () => {
  const text = "http: { routers: { a: { rule: x, parentRefs: [b] } } }\n";
  expect(check(text).code).toBe(0);
  expect(check(text, "3.5").output).toContain("parentRefs: needs Traefik 3.6, and this is for 3.5");
});

const { place, run } = usePlaces();

test("the verb checks a file, with the configured Traefik or another", async () => {
  const at = place({ "a.yaml": "http: { routers: { a: { rule: x, parentRefs: [b] } } }\n" });
  expect(await run(at, ["check", "--document", "a.yaml"])).toEqual({ code: 0, stdout: "accepted\n", stderr: "" });
  const older = await run(at, ["check", "--document", "a.yaml", "--traefik", "3.5"]);
  expect([older.code, older.stdout]).toEqual([
    1,
    expect.stringContaining("a.yaml:1:34: refused: http.routers.a.parentRefs"),
  ]);
});

test("two things to check at once are wrong usage", async () => {
  const { code, stderr } = await run(place(), ["check", "--document", "a.yaml", "--rule", "x"]);
  expect(code).toBe(64);
  expect(stderr).toContain("name one");
});
