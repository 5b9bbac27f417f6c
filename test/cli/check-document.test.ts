import { expect, test } from "vitest";
import { checkDocument } from "../../cli/check-document.ts";
import { decode } from "../../traefik/decode/decode.ts";
import { vectorsOf } from "../support/cases/vectors.ts";
import { usePlaces } from "./places.ts";

function check(text: string, traefik = "3.7", strict = false) {
  let output = "";
  const write = (more: string) => {
    output += more;
  };
  const code = checkDocument({ name: "a.yaml", document: Buffer.from(text), traefik, strict, colour: false, write });
  return { code, output };
}

const fine =
  "http: { routers: { a: { rule: Host(`a`), service: s } }, services: { s: { loadBalancer: { servers: [] } } } }\n";

test("a document that Traefik takes as it is written is accepted", () => {
  expect(check(fine)).toEqual({ code: 0, output: "accepted\n" });
});

test("of one that Traefik takes, what it would turn off is a warning with place and reason, and with --strict an error", () => {
  const text = fine.replace("service: s", "service: nobody");
  const warning = [
    "a.yaml:1:51: off: http.routers.a.service: there is no service nobody",
    `    1 | ${text.trimEnd()}`,
    `      | ${" ".repeat(50)}^^^^^^`,
  ];
  const end = "accepted, but Traefik 3.7 would turn off 1 router";
  expect(check(text)).toEqual({ code: 0, output: [...warning, end, ""].join("\n") });
  expect(check(text, "3.7", true)).toEqual({ code: 1, output: [...warning, `FAILED: ${end}`, ""].join("\n") });
});

test("what it would turn off is counted by kind, and what it would choose at random too", () => {
  const router = (name: string, more: string) => `    ${name}: { rule: Host(\`x\`), ${more} }\n`;
  const routers = [
    router("a", "service: s"),
    router("b", "service: s"),
    router("c", "service: bad, priority: 1"),
    router("d", "service: s, middlewares: [m], priority: 2"),
  ];
  const rest =
    "  services: { s: { loadBalancer: { servers: [] } }, bad: {} }\n  middlewares: { m: { chain: { middlewares: [m] } } }\n";
  const { code, output } = check(`http:\n  routers:\n${routers.join("")}${rest}`);
  expect([code, output.trimEnd().split("\n").at(-1)]).toEqual([
    0,
    "accepted, but Traefik 3.7 would turn off 2 routers, 1 service and 1 middleware, and choose at random in 1 case",
  ]);
  expect(output).toContain(
    "a.yaml:4:5: random: http.routers.b: has the rule and the priority of router a (a.yaml:3:5)",
  );
});

test("what is only noted is not an error, even with --strict", () => {
  const { code, output } = check(fine.replace("service: s", "service: api@internal"), "3.7", true);
  expect([code, output.split("\n")[0]]).toEqual([
    0,
    "a.yaml:1:20: noted: http.routers.a: service: publishes Traefik's API, which tells all of its configuration",
  ]);
  expect(output).toMatch(/\naccepted\n$/);
});

test("what Traefik's process dies of is an error", () => {
  const text =
    "tcp: { routers: { a: { rule: HostSNI(`*`), service: s } }, services: { s: { weighted: { services: [{ name: s }] } } } }\n";
  const { code, output } = check(text);
  expect(code).toBe(1);
  expect(output).toMatch(
    /^a\.yaml:1:72: fatal: tcp\.services\.s: refers to itself through tcp service s, and Traefik's process crashes on that\n/,
  );
  expect(output).toMatch(/FAILED: Traefik 3\.7 would take the document, and crash\n$/);
});

test.each(["documents", "more-documents"])("the exit code of %s is that of Traefik's decoder alone", (file) => {
  for (const { id, body, version } of vectorsOf(file)) {
    const decoded = decode(body, version);
    const isTaken = decoded.verdict === "accepted" && decoded.altered.length === 0;
    const options = { name: id, document: body, traefik: version, strict: false, colour: false, write: () => {} };
    expect([id, checkDocument(options)]).toEqual([id, isTaken ? 0 : 1]);
  }
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
      "a.yaml: wipes: holds nothing that Traefik works with: it would remove everything from this provider\n" +
      "FAILED: Traefik 3.7 would remove everything from this provider\n",
  });
});

test("one that is read otherwise than it is written is altered", () => {
  const { code, output } = check('http: { routers: { a: { rule: x, tls: "yes" } } }\n');
  expect(code).toBe(1);
  expect(output).toMatch(/^a\.yaml:1:39: altered: http\.routers\.a\.tls: is read as if it were not there/m);
  expect(output).toMatch(/FAILED: Traefik 3\.7 would read the document differently from what is written\n$/);
});

test("a field that the Traefik of --traefik does not know is refused", () => {
  const text = "http: { routers: { a: { rule: x, parentRefs: [b] } } }\n";
  expect(check(text).code).toBe(0);
  expect(check(text, "3.5").output).toContain("parentRefs: needs Traefik 3.6, and this is for 3.5");
});

const { place, run } = usePlaces();

test("the verb checks a file, with the configured Traefik or another", async () => {
  const at = place({ "a.yaml": "http: { routers: { a: { rule: x, parentRefs: [b] } } }\n" });
  expect(await run(at, ["check", "--document", "a.yaml"])).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      /^a\.yaml:1:46: off: http\.routers\.a\.parentRefs\[0\]: there is no router b\n(.*\n)*accepted, but Traefik 3\.7 would turn off 1 router\n$/,
    ),
    stderr: "",
  });
  expect((await run(at, ["check", "--document", "a.yaml", "--strict"])).code).toBe(1);
  const older = await run(at, ["check", "--document", "a.yaml", "--traefik", "3.5"]);
  expect([older.code, older.stdout]).toEqual([
    1,
    expect.stringContaining("a.yaml:1:34: refused: http.routers.a.parentRefs"),
  ]);
});

test("--strict without a document is wrong usage", async () => {
  const { code, stderr } = await run(place(), ["check", "--strict"]);
  expect([code, stderr]).toEqual([64, expect.stringContaining("--strict goes with --document")]);
});

test("two things to check at once are wrong usage", async () => {
  const { code, stderr } = await run(place(), ["check", "--document", "a.yaml", "--rule", "x"]);
  expect(code).toBe(64);
  expect(stderr).toContain("check either a path, --rule, --document or --rollout");
});
