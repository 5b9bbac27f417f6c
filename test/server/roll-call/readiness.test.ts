import { describe, expect, test } from "vitest";
import { type Answer, questionOf, silenceOf, targetKey } from "../../../server/roll-call/answers.ts";
import { mayFall, readinessOf } from "../../../server/roll-call/readiness.ts";
import { rosterOf } from "../../../server/roll-call/roster.ts";
import type { DeclaredGroup } from "../../../shared/parse-groups.ts";
import { group, instance } from "../../support/server/literals.ts";

type Ready = NonNullable<DeclaredGroup["service"]["ready"]>;
const asking = (ready?: Ready, scheme: "http" | "https" | "h2c" = "http") =>
  group("web", 1, { service: { protocol: "http", scheme, port: 3000, ...(ready && { ready }) } });
const http = { http: "/health", status: "200-399", interval: "5s", timeout: "2s", rise: 1, fall: "off" } as const;

describe("what a replica is asked", () => {
  const of = (one: DeclaredGroup) => questionOf(one, rosterOf(one));
  const usual = { port: 3000, interval: 5000, timeout: 2000, rise: 1 };
  test.each<[string, DeclaredGroup, object | undefined]>([
    ["nothing for an address", asking(), undefined],
    ["nothing for an address that is written", asking("address"), undefined],
    ["nothing for the platform's word", asking("platform"), undefined],
    ["a connection for a port", asking("port"), { by: "tcp", ...usual }],
    [
      "a request for a path",
      asking(http),
      { by: "http", scheme: "http", path: "/health", statuses: [200, 399], ...usual },
    ],
    [
      "a request by the scheme of the service, for one status",
      asking({ ...http, status: 204 }, "https"),
      { by: "http", scheme: "https", path: "/health", statuses: [204, 204], ...usual },
    ],
    [
      "a plain request where the service speaks h2c",
      asking(http, "h2c"),
      { by: "http", scheme: "http", path: "/health", statuses: [200, 399], ...usual },
    ],
    [
      "a request as it is written",
      asking({
        http: "/up",
        status: "200",
        port: 8080,
        scheme: "https",
        host: "a.example",
        interval: "1s",
        timeout: "250ms",
        rise: 2,
        fall: 3,
      }),
      {
        ...{ by: "http", scheme: "https", path: "/up", host: "a.example", statuses: [200, 200] },
        ...{ port: 8080, interval: 1000, timeout: 250, rise: 2, fall: 3 },
      },
    ],
  ])("is %s", (_, one, question) => expect(of(one)).toEqual(question));

  test("when its source lost it: whether its port opens, twice, and nothing for UDP", () => {
    expect(silenceOf({ protocol: "tcp", port: 5 })).toEqual({
      ...{ by: "tcp", port: 5, interval: 1000, timeout: 1000, rise: 1, fall: 2 },
    });
    expect(silenceOf({ protocol: "udp", port: 5 })).toBeUndefined();
  });
});

describe("how ready it is", () => {
  const at = "10.0.0.1";
  function readiness(one: DeclaredGroup, answer?: Answer, found = instance("web-0")) {
    const roster = rosterOf(one);
    const question = questionOf(one, roster);
    const key =
      question && targetKey({ source: "local", project: "default", instance: "web-0", address: at, question });
    return readinessOf(
      one,
      { ...roster, source: "local" },
      "web-0",
      found,
      at,
      new Map(key && answer ? [[key, answer]] : []),
    );
  }

  test("where nothing is asked: ready", () => {
    expect(readiness(asking())).toEqual({ is: "ready", detail: "" });
  });

  test.each<[Answer | undefined, string, string]>([
    [undefined, "not-ready", "has an address, and has not answered yet"],
    [{ state: "asking", detail: "" }, "not-ready", "has an address, and has not answered yet"],
    [{ state: "asking", detail: "port 3000 refuses connections" }, "not-ready", "port 3000 refuses connections"],
    [{ state: "fallen", detail: "port 3000 refuses connections" }, "fallen", "port 3000 refuses connections"],
    [{ state: "ready", detail: "" }, "ready", ""],
  ])("after the answer %j: %s", (answer, is, detail) => {
    expect(readiness(asking("port"), answer)).toEqual({ is, detail });
  });

  const health = (more: object) => ({ keys: { "user.healthcheck.enabled": "true", ...more } });
  const noStatus =
    "its daemon has no status Ready, as LXD 5.21 and Incus have: ready: port or { http: /health } asks it from here";
  test.each<[string, object, string]>([
    ["it said so", { saysReady: true }, ""],
    ["it did not say so", { saysReady: false }, "runs, and has not said that it is ready"],
    ["its daemon has no such status", {}, noStatus],
    [
      "a health check is not enabled",
      { keys: { "user.healthcheck.enabled": "no", "user.healthcheck.status": "healthy" } },
      noStatus,
    ],
    ["its health is reported", health({ "user.healthcheck.status": "healthy" }), ""],
    ["its health is not reported", { ...health({}), saysReady: true }, "user.healthcheck.status is not reported yet"],
    ["it is unhealthy", health({ "user.healthcheck.status": "unhealthy" }), "user.healthcheck.status is unhealthy"],
    [
      "it was stopped on purpose",
      health({ "user.healthcheck.status": "healthy", "user.healthcheck.stopped": "true" }),
      "user.healthcheck.stopped is set",
    ],
    [
      "the keys are spelled otherwise",
      { keys: { "user.healthcheck.enabled": "ON", "user.healthcheck.status": "healthy" } },
      "",
    ],
    ["a key only begins like one", { keys: { "user.healthcheck.enabled": "1st" }, saysReady: true }, ""],
    ["a key only ends like one", { keys: { "user.healthcheck.enabled": "untrue" }, saysReady: true }, ""],
  ])("by its platform's word, where %s", (_, found, detail) => {
    const { is, detail: said } = readiness(asking("platform"), undefined, { ...instance("web-0"), ...found });
    expect([is, said]).toEqual([detail === "" ? "ready" : "not-ready", detail]);
  });
});

test.each<[DeclaredGroup["gate"], number, number, number, number]>([
  ["complete", 4, 4, 0, 2],
  ["complete", 5, 5, 0, 2],
  ["complete", 4, 4, 1, 1],
  ["complete", 4, 3, 2, 0],
  ["complete", 4, 4, 3, 0],
  ["strict", 2, 2, 0, 1],
  ["complete", 2, 1, 0, 0],
  ["complete", 1, 1, 0, 0],
  [{ minimum: 3 }, 4, 4, 0, 1],
  [{ minimum: "50%" }, 4, 3, 0, 1],
  [{ minimum: 0 }, 2, 1, 0, 0],
  [{ minimum: 3 }, 4, 2, 0, 0],
])(
  "under the gate %j, of %d replicas with %d members and %d fallen, %d may fall",
  (gate, replicas, members, fallen, most) => {
    expect(mayFall(group("web", replicas, { gate }), members, fallen)).toBe(most);
  },
);
