import { describe, expect, test } from "vitest";
import { rolloutGaps } from "../../../cli/pipeline/rollout-gaps.ts";
import { parseGroups } from "../../../shared/parse-groups.ts";
import { lines, oneSource, reading } from "../../shared/literals.ts";

/** What keeps the rollouts of a group from being gapless, by its file. */
function gaps({ replicas = 3, service = "ready: port", more = "" }) {
  const file = `name: web\nreplicas: ${replicas}\nservice: { port: 80, ${service} }\n${more}`;
  const loaded = parseGroups(reading({ "web.yaml": file }), oneSource);
  const [group] = loaded.ok ? loaded.groups : [];
  if (!group) throw new Error(lines(loaded).join("\n"));
  return rolloutGaps(group, 10_000).map(({ why, cure }) => `${why}: ${cure}`);
}

test("nothing keeps one that is ready, has several replicas, and leaves most of them", () => {
  expect(gaps({})).toEqual([]);
  expect(gaps({ service: "ready: { http: /health }" })).toEqual([]);
});

test("a group that nothing is rolled out to has none: of no replica, or with a selector", () => {
  expect([gaps({ replicas: 0, service: "" }), gaps({ service: "", more: "selector: { prefix: web- }\n" })]).toEqual([
    [],
    [],
  ]);
});

test.each<[string, string]>([
  ["", "port, or { http: /health }"],
  ["ready: address", "port, or { http: /health }"],
  ["protocol: tcp", "port"],
  ["protocol: udp", "platform"],
])("a replica that joins with its address is one: service { %s }", (service, cure) => {
  const router = service.includes("udp") ? "router: { entryPoints: [dns] }\n" : "";
  expect(gaps({ service, more: router })).toEqual([
    `a replica joins with its address, before its program answers: write service.ready: ${cure}`,
  ]);
});

describe("a step that leaves too few is one", () => {
  test.each<[number, string, string[]]>([
    [1, "", ["its only replica is replaced in place: write rollout.maxSurge: 1"]],
    [1, "rollout: { maxSurge: 1 }", []],
    [1, "rollout: { maxSurge: 25% }", []],
    [3, "rollout: { maxUnavailable: 2 }", []],
    [
      3,
      "rollout: { maxUnavailable: 3 }",
      ["maxUnavailable lets a step take all 3 replicas: write rollout.maxUnavailable: 2"],
    ],
    [3, "rollout: { maxUnavailable: 3, maxSurge: 1 }", []],
    [
      3,
      "rollout: { maxUnavailable: 100% }",
      ["maxUnavailable lets a step take all 3 replicas: write rollout.maxUnavailable: 2"],
    ],
    [3, "gate: { minimum: 2 }", []],
    [
      3,
      "gate: { minimum: 2 }\nrollout: { maxUnavailable: 2 }",
      [
        "maxUnavailable lets a step leave 1 of 3 replicas, and its gate has a minimum of 2: write rollout.maxUnavailable: 1",
      ],
    ],
    [
      3,
      "gate: { minimum: 100% }",
      [
        "maxUnavailable lets a step leave 2 of 3 replicas, and its gate has a minimum of 3: write rollout: { maxSurge: 1, maxUnavailable: 1 }",
      ],
    ],
    [3, "gate: { minimum: 100% }\nrollout: { maxSurge: 1, maxUnavailable: 1 }", []],
    // While a rollout has added one.
    [1, "rollout: { maxSurge: 1, image: v2, surge: 1 }", []],
  ])("%i replicas, %j", (replicas, more, expected) => {
    expect(gaps({ replicas, more: `${more}\n` })).toEqual(expected);
  });
});

test("a strict gate is one", () => {
  expect(gaps({ more: "gate: strict\n" })).toEqual([
    "its strict gate holds back the changes of every group while a replica is made again: write gate: complete",
  ]);
});

describe("a health check of Traefik that is slower than a step is one", () => {
  const slow = (verdict: number, steady: number) =>
    `Traefik's health check needs up to ${verdict} s, and a step is over ${steady} s after its replicas joined: write rollout.minReadySeconds: ${verdict}, or service.ready: { http: PATH }`;
  test.each<[string, string, string, string[]]>([
    ["port", "{ path: /health }", "", [slow(35, 0)]],
    ["port", "{ path: /health, interval: 10s, timeout: 1500ms }", "rollout: { minReadySeconds: 11 }", [slow(12, 11)]],
    ["port", "{ path: /health, interval: 10, timeout: 2 }", "rollout: { minReadySeconds: 12 }", []],
    ["{ http: /health }", "{ path: /health }", "", []],
  ])("ready %s, healthCheck %s, %s", (ready, check, more, expected) => {
    expect(gaps({ service: `ready: ${ready}, loadBalancer: { healthCheck: ${check} }`, more: `${more}\n` })).toEqual(
      expected,
    );
  });
});

test("a progressDeadline that the grace uses up is one", () => {
  expect(gaps({ more: "rollout: { progressDeadline: 15s, minReadySeconds: 5 }\n" })).toEqual([
    "progressDeadline is 15s, and a step gives requests in flight 10 s and is steady for 5 s: write a longer rollout.progressDeadline",
  ]);
  expect(gaps({ more: "rollout: { progressDeadline: 16s, minReadySeconds: 5 }\n" })).toEqual([]);
});
