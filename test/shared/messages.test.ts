import { expect, test } from "vitest";
import { writePath } from "../../files/key-path.ts";
import { validate } from "../../files/validate.ts";
import { parseDocuments } from "../../files/yaml-document.ts";
import { configSchema } from "../../server/config.ts";
import { groupSchemas } from "../../shared/group.ts";

const schemas = groupSchemas("3.7");
const http = `
name: web
source: local
replicas: 2
gate: { minimum: 50% }
instance: { image: a, profiles: [default], config: { limits.cpu: 1 }, devices: { eth0: { type: nic, mtu: 5, name: [a, b] } } }
rollout: { image: b, partition: 0, maxUnavailable: 25%, progressDeadline: 5m, autoRevert: true }
service:
  scheme: http
  port: 80
  weights: { web-0: 1 }
  loadBalancer:
    sticky: { cookie: { name: a, secure: true, sameSite: lax, maxAge: 5 } }
    healthCheck: { path: /, method: GET, status: 200, interval: 5s, hostname: a, headers: { a: b } }
router: { rule: Host(\`a.b\`), entryPoints: [web], priority: 5, tls: { domains: [{ main: a.b, sans: [c.d] }] } }
selector: { prefix: a }
`;
const written = [
  [http, schemas.http],
  ["{ name: a, replicas: 1, service: { port: 1 }, selector: { glob: a } }", schemas.http],
  ["{ name: a, replicas: 1, service: { port: 1 }, selector: { key: user.a, value: b } }", schemas.http],
  ["{ name: a, replicas: 1, service: { port: 1, protocol: tcp }, router: { rule: HostSNI(`*`) } }", schemas.tcp],
  ["{ name: a, replicas: 1, service: { port: 1, protocol: udp }, router: { entryPoints: [a] } }", schemas.udp],
  [
    `
gate: complete
settle: 250ms
traefik: { version: "3.7", uses: [a@file] }
provider: { listen: "127.0.0.1:7070", hold: auto, hosts: [a] }
stacks: { output: ./o, backend: { http: { address: "http://a/{stack}", lockMethod: LOCK } } }
sources:
  - name: local
    url: unix:///a
    projects: [default]
    address: { family: ipv4, subnet: 10.0.0.0/24 }
    labels: { allow: { default: { hosts: ["*.a.b"], entryPoints: [web] } }, exposedByDefault: true, defaultRule: "Host(\`a\`)" }
`,
    configSchema,
  ],
  ["{ stacks: { backend: { s3: { bucket: a, region: b, endpoint: 'http://e', encrypt: true } } } }", configSchema],
  ["{ stacks: { backend: { pg: { schema: a } } } }", configSchema],
] as const;

const odd = [5, 1.5, true, null, "", "x y,", "5", "UPPER", [], {}, [1.5], { a: { b: 1.5 } }];

/** The problems of each document with each odd value at each of its places, with the value. */
const all = written.flatMap(([text, schema]) => {
  const [document] = parseDocuments("a.yaml", new TextEncoder().encode(text)).documents;
  const check = (value: unknown) => validate({ value, at: () => ({ file: "a.yaml" }) }, schema);
  expect(check(document?.value).ok, text).toBe(true);
  return [...pathsOf(document?.value)].flatMap((path) =>
    odd.map((value) => {
      const found = (one: unknown) => {
        const checked = check(replaced(document?.value, path, one));
        return checked.ok ? [] : checked.problems;
      };
      return { path: writePath(path), value, problems: found(value), found };
    }),
  );
});

test("no message is in the schema library's words, or shows a regular expression", () => {
  const foreign = all.flatMap(({ path, value, problems }) =>
    problems
      .filter(({ message }) => /invalid|pattern|\/\^|expected|received|^$/i.test(message))
      .map((one) => [path, value, one]),
  );
  expect(foreign).toEqual([]);
});

test("a value that would be refused in quotes too is not told to be put in quotes", () => {
  const told = all.filter(({ path, problems }) =>
    problems.some((one) => one.path === path && one.message.endsWith("put it in quotes")),
  );
  expect(told.length).toBeGreaterThan(20);
  const misled = told.filter(({ path, value, found }) => found(String(value)).some((one) => one.path === path));
  expect(misled.map(({ path, value }) => [path, value])).toEqual([]);
});

test("a value of another kind is one problem, not two", () => {
  const twice = all.filter(({ problems }) => new Set(problems.map(({ path }) => path)).size < problems.length);
  expect(twice.map(({ path, value }) => [path, value])).toEqual([]);
});

function* pathsOf(value: unknown, path: readonly PropertyKey[] = []): Generator<readonly PropertyKey[]> {
  if (path.length > 0) yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [key, inside] of Object.entries(value))
    yield* pathsOf(inside, [...path, Array.isArray(value) ? Number(key) : key]);
}

function replaced(value: unknown, [first, ...rest]: readonly PropertyKey[], by: unknown): unknown {
  if (first === undefined) return by;
  if (Array.isArray(value)) return value.map((one, index) => (index === first ? replaced(one, rest, by) : one));
  const map = value as Readonly<Record<PropertyKey, unknown>>;
  return { ...map, [first]: replaced(map[first], rest, by) };
}
