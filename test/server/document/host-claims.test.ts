import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createHostClaims } from "../../../server/document/host-claims.ts";
import { labelledProjects } from "../../../server/labels/label-sources.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import { matches } from "../../../traefik/rule/matches.ts";
import { parseRule } from "../../../traefik/rule/parse.ts";
import { takenHosts } from "../../support/cases/taken-hosts.ts";
import { runs } from "../../support/runs.ts";
import { labelSettings } from "../../support/server/labels.ts";
import { instance, see } from "../../support/server/literals.ts";
import { composeCase } from "../../support/server/taken-hosts.ts";

const backends = { operator: 3000, label: 4000 };
const serversOf = (composed: ReturnType<typeof composeCase>) => JSON.stringify([...composed.objects]);
const routerOf = ({ objects }: ReturnType<typeof composeCase>) =>
  objects.get("http.routers/x") ?? objects.get("tcp.routers/x");

describe("a host of an operator is not taken", () => {
  test.each(takenHosts)("$what", (one) => {
    const composed = composeCase(one, backends);
    expect(routerOf(composed)).toBeUndefined();
    expect(composed.labelled.at(-1)?.problems.join("\n")).toMatch(/^(http|tcp).routers\/x: (rule|priority): /);
    // Without the operator's router it would be served.
    const free = composeCase(one, backends, false);
    expect([routerOf(free) !== undefined, serversOf(free)]).toEqual([true, expect.stringContaining("4000")]);
  });
});

const rule = (text: string, more: object = {}) => ({
  "http.routers.x.rule": text,
  "http.services.x.loadbalancer.server.port": "PORT",
  ...more,
});
const one = rule("Host(`web.apps.test`)");
const site = (text: string, more = "") =>
  `http: { routers: { site: { rule: ${JSON.stringify(text)}, service: web${more} } } }`;

describe("a label has its own hosts", () => {
  test.each<[string, Parameters<typeof composeCase>[0]]>([
    ["next to a host of the operator's", { what: "", group: { rule: "Host(`a.apps.test`)" }, labels: one }],
    ["two labels below a wildcard", { what: "", group: { rule: "Host(`*.test`)" }, labels: one }],
    [
      "by a wildcard above the operator's",
      { what: "", group: { rule: "Host(`a.b.apps.test`)" }, labels: rule("Host(`*.apps.test`)") },
    ],
    [
      "that an expression of the operator's does not match",
      { what: "", group: { rule: "HostRegexp(`^a`)" }, labels: one },
    ],
    ["before an operator's router for every host", { what: "", group: { rule: "PathPrefix(`/`)" }, labels: one }],
    ["before one by an expression", { what: "", group: { rule: "HostRegexp(`^.*$`)", priority: 1 }, labels: one }],
    ["below one of a higher priority", { what: "", group: { rule: "PathPrefix(`/`)", priority: 500 }, labels: one }],
    [
      "beside one of a higher priority at another entry point",
      {
        what: "",
        group: { rule: "PathPrefix(`/`)", priority: 500, entryPoints: ["a"] },
        labels: rule("Host(`web.apps.test`)", { "http.routers.x.priority": "600" }),
        entryPoints: ["b"],
      },
    ],
    [
      "once the operator's router is renamed",
      { what: "", file: site("Host(`web.apps.test`)"), edited: site("Host(`a.apps.test`)"), labels: one },
    ],
    [
      "once the operator's router is gone",
      { what: "", file: site("Host(`web.apps.test`)"), edited: "http: {}", labels: one },
    ],
  ])("%s", (_, of) => {
    const composed = composeCase(of, backends);
    expect(composed.labelled.at(-1)?.problems).toEqual([]);
    expect(routerOf(composed)).toBeDefined();
  });

  const hosts = ["*.apps.test", "web.apps.test"];
  test.each<[string, object, object]>([
    ["a host of a group", { rule: "Host(`web.apps.test`)" }, rule("Host(`web.apps.test`) && PathPrefix(`/api`)")],
    ["a host below a group's wildcard", { rule: "Host(`*.apps.test`)" }, one],
    ["a host of a group's expression", { rule: "HostRegexp(`^web`)" }, one],
    [
      "a host above a group's priority",
      { rule: "PathPrefix(`/`)", priority: 500 },
      rule("Host(`web.apps.test`)", { "http.routers.x.priority": "600" }),
    ],
    ["a host, by a wildcard that covers no other", { rule: "Host(`web.apps.test`)" }, rule("Host(`*.apps.test`)")],
  ])("and %s if its allow-list names the host", (_, group, labels) => {
    const of = { what: "", group: group as never, labels: labels as never };
    expect(routerOf(composeCase(of, backends))).toBeUndefined();
    expect(routerOf(composeCase({ ...of, hosts }, backends))).toBeDefined();
  });

  test("but no pattern of an operator's, whatever the allow-list names", () => {
    const of = { what: "", group: { rule: "Host(`*.apps.test`)" }, labels: rule("Host(`*.apps.test`)"), hosts };
    expect(routerOf(composeCase(of, backends))).toBeUndefined();
  });
});

const host = fc.constantFrom("web.apps.test", "a.apps.test", "B.apps.test.", "*.apps.test", "*.test", "web.test");
const named = fc.oneof(
  host.map((name) => `Host(\`${name}\`)`),
  fc.constantFrom("HostRegexp(`^web`)", "HostRegexp(`apps\\.test$`)", "HostRegexp(`^[ab]\\.`)"),
);
const other = fc.constantFrom("PathPrefix(`/`)", "!Path(`/a`)", "!Host(`a.apps.test`)", "Method(`GET`)");
const { rule: rules } = fc.letrec<{ rule: string }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 3 },
    named,
    fc.tuple(tie("rule"), fc.oneof(other, tie("rule"))).map(([left, right]) => `(${left} && ${right})`),
    fc.tuple(tie("rule"), tie("rule")).map(([left, right]) => `(${left} || ${right})`),
    tie("rule").map((inner) => `!(!${inner})`),
  ),
}));

test("no request is for a router of labels and for one that an operator has given hosts", () => {
  const [place] = labelledProjects([
    { name: "local", labels: labelSettings({ allow: { default: { hosts: ["*"] } } }) },
  ]);
  if (!place) throw new Error("no project");
  const asked = ["web.apps.test", "a.apps.test", "b.apps.test", "c.apps.test", "web.test", "c.test"];
  fc.assert(
    fc.property(rules, rules, (operator, label) => {
      const claims = createHostClaims("3.7.15");
      claims.add({ id: "http.routers/web", origin: "group web", value: { rule: operator } });
      if (claims.refusal({ id: "http.routers/x", value: { rule: label } }, place) !== undefined) return;
      const both = [operator, label].map((text) => parseRule(text, { kind: "http", traefik: "3.7.15" }));
      const takes = (visited: string) =>
        ["/", "/a"].some((path) =>
          both.every((one) => one.ok && matches(one.rule, { host: visited, path, method: "GET" }, "3.7.15")),
        );
      expect([operator, label, asked.filter(takes)]).toEqual([operator, label, []]);
    }),
    { numRuns: runs(60) },
  );
});

test("a router of labels that can't be read does not get the form that an operator's router of its name had", () => {
  const composed = composeCase(
    {
      what: "",
      file: "http: { routers: { x: { rule: Host(`bank.test`), service: web } } }",
      edited: "http: {}",
      labels: rule("Host(`x.apps.test`)", { "http.routers.x.priority": "high" }),
    },
    backends,
  );
  expect(routerOf(composed)).toBeUndefined();
});

test("nothing is served of labels until a group file that can't be read has been read once", () => {
  const declaring = labelledProjects([{ name: "local", labels: labelSettings() }]);
  const listings = see(instance("web-0", { keys: { "user.traefik.enable": "true" } }));
  const declared = { directory: "/groups", groups: [], problem: "/groups/web.yaml:3: unknown key" };
  const { plan } = callRoll(noMemory, declared, listings, declaring);
  expect(plan).toMatchObject({ state: "locked", waiting: [{ reason: "error", detail: declared.problem }] });
  expect(callRoll({ ...noMemory, opened: true }, declared, listings, declaring).plan.state).toBe("ready");
});
