import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { Problem } from "../../files/problem.ts";
import { parseGroups } from "../../shared/parse-groups.ts";
import { anyCharacter } from "../support/any-character.ts";
import { runs } from "../support/runs.ts";
import { oneSource, reading } from "./literals.ts";

/** Whether a problem points into the text of its file, and quotes what lies there without a control character. */
function isPlaced({ file, line, column, width, source, caret }: Problem, text: string): boolean {
  if (file !== "a.yaml") return false;
  if (line === undefined || column === undefined) return text.trim() === "" || /^\s*(#|%|\.\.\.|$)/m.test(text);
  const meant = text.replace(/^\ufeff/, "").split("\n")[line - 1];
  if (meant === undefined || column < 1 || column > meant.length + 1) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for.
  const isHarmless = source !== undefined && source.length < 200 && !/[\u0000-\u001f\u007f-\u009f]/.test(source);
  return isHarmless && (width ?? 0) >= 1 && (caret ?? 0) >= 1 && (caret ?? 0) <= source.length + 1;
}

function expectPlaced(bytes: Uint8Array) {
  const loaded = parseGroups(reading({ "a.yaml": bytes }), oneSource);
  if (loaded.ok) return;
  const text = new TextDecoder().decode(bytes);
  expect(loaded.problems.length).toBeGreaterThan(0);
  for (const problem of loaded.problems) expect(problem).toSatisfy((one: Problem) => isPlaced(one, text));
}

const scraps = [
  ..."abx019 \n\t:-?,[]{}#&*!|>'\"%@`~=.\r\\/",
  ...[
    "---\n",
    "...\n",
    "\n  ",
    ": ",
    "- ",
    "? ",
    "<<: ",
    "&a ",
    "*a",
    "!!str ",
    "!x ",
    "%YAML 1.2\n",
    "\ufeff",
    "\u2028",
    "😀",
  ],
  ...[
    "protocol: ",
    "tcp",
    "weights: ",
    "name: ",
    "web",
    "replicas: ",
    "service: ",
    "port: ",
    "gate: ",
    "minimum: ",
    "50%",
    "router: ",
    "rule: ",
    "__proto__: ",
  ],
];

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
const port = fc.integer({ min: 1, max: 65535 });
const http = fc.record(
  {
    service: fc.record(
      {
        port,
        scheme: fc.constantFrom("http", "https", "h2c"),
        loadBalancer: fc.record(
          {
            strategy: fc.constantFrom("wrr", "p2c", "hrw", "leasttime"),
            passHostHeader: fc.boolean(),
            healthCheck: fc.record({ path: fc.constant("/health"), interval: fc.constantFrom(5, "10s", "1m30s") }),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ["port"] },
    ),
    router: fc.record({ rule: fc.constant("Host(`a.example`)"), priority: fc.maxSafeInteger(), tls: fc.constant({}) }),
  },
  { requiredKeys: ["service"] },
);
const tcp = fc.record(
  {
    service: fc.record(
      {
        protocol: fc.constant("tcp"),
        port,
        tls: fc.boolean(),
        loadBalancer: fc.record(
          {
            proxyProtocol: fc.constantFrom({}, { version: 1 }),
            healthCheck: fc.constantFrom({}, { send: "PING", expect: "PONG", interval: "5s" }),
            serversTransport: fc.constant("mutual"),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ["protocol", "port"] },
    ),
    router: fc.constantFrom(
      { rule: "HostSNI(`*`)", entryPoints: ["db"] },
      { rule: "HostSNI(`a.example`)", tls: { passthrough: true } },
    ),
  },
  { requiredKeys: ["service"] },
);
const udp = fc.record(
  { service: fc.record({ protocol: fc.constant("udp"), port }), router: fc.constant({ entryPoints: ["dns"] }) },
  { requiredKeys: ["service"] },
);
const common = fc.record(
  {
    name,
    replicas: fc.integer({ min: 2, max: 100 }),
    project: fc.constantFrom("default", "staging"),
    gate: fc.constantFrom("complete", "strict", { minimum: 2 }, { minimum: "50%" }),
    selector: fc.constantFrom({ prefix: "web-" }, { glob: "web-?" }, { key: "user.a", value: "yes" }),
  },
  { requiredKeys: ["name", "replicas"] },
);
const group = fc.tuple(common, fc.oneof(http, tcp, udp)).map(([rest, spoken]) => ({ ...rest, ...spoken }));

/** The same value with the keys of all its maps in an order that depends on `seed`. */
function shuffled(value: unknown, seed: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => shuffled(item, seed));
  const weight = (key: string) => [...key].reduce((sum, c) => (sum * 31 + c.charCodeAt(0) * seed) % 9973, seed);
  const entries = Object.entries(value).sort(([a], [b]) => weight(a) - weight(b));
  return Object.fromEntries(entries.map(([key, inner]) => [key, shuffled(inner, seed)]));
}

describe("whatever a file holds", () => {
  test("bytes are groups, or problems with a place", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), expectPlaced), { numRuns: runs(50) });
  });

  test("text is groups, or problems with a place", () => {
    const text = fc.string({ unit: anyCharacter, maxLength: 200 });
    fc.assert(
      fc.property(text, (content) => expectPlaced(Buffer.from(content))),
      { numRuns: runs(50) },
    );
  });

  test("scraps of YAML are groups, or problems with a place", () => {
    const text = fc.array(fc.constantFrom(...scraps), { maxLength: 60 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (content) => expectPlaced(Buffer.from(content))),
      { numRuns: runs(100) },
    );
  });

  test("values of any shape are groups, or problems with a place", () => {
    const value = fc.object({
      key: fc.constantFrom("name", "replicas", "service", "port", "gate", "router", "x", "toString"),
    });
    fc.assert(
      fc.property(value, (written) => expectPlaced(Buffer.from(stringify(written)))),
      { numRuns: runs(30) },
    );
  });
});

describe("a group", () => {
  test("is read the same from any order of keys, and in either style", () => {
    fc.assert(
      fc.property(group, fc.nat(9972), fc.constantFrom("block", "flow"), (written, seed, collectionStyle) => {
        const plain = parseGroups(reading({ "a.yaml": stringify(written) }), oneSource);
        const other = parseGroups(
          reading({ "a.yaml": stringify(shuffled(written, seed), { collectionStyle }) }),
          oneSource,
        );
        expect(plain).toMatchObject({ ok: true, groups: [written] });
        expect(other).toEqual(plain);
      }),
      { numRuns: runs(10) },
    );
  });

  test("comes in the order of names, whatever files they are in", () => {
    const names = fc.uniqueArray(name, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(names, fc.nat(3), (unordered, fileCount) => {
        const files: Record<string, string> = {};
        for (const [index, one] of unordered.entries()) {
          const file = `${index % (fileCount + 1)}.yaml`;
          files[file] = `${files[file] ?? ""}---\nname: ${JSON.stringify(one)}\nreplicas: 1\nservice: { port: 1 }\n`;
        }
        const loaded = parseGroups(reading(files), oneSource);
        expect(loaded.ok && loaded.groups.map((one) => one.name)).toEqual([...unordered].sort());
      }),
      { numRuns: runs(10) },
    );
  });
});
