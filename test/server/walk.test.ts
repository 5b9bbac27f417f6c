import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configSchema, withPathsFrom } from "../../server/config.ts";
import { createFileSources } from "../../server/file-sources.ts";
import { createProbes } from "../../server/probes/probes.ts";
import { askOnce } from "../../server/probes/question.ts";
import type { SourceState } from "../../server/roll-call/observed.ts";
import type { InstanceSource } from "../../server/sources/source.ts";
import { openStateDirectory } from "../../server/state/state-directory.ts";
import { startWalk } from "../../server/walk.ts";
import { createWiring } from "../../server/wiring.ts";
import { instance, see } from "../support/server/literals.ts";
import { type Ground, ground } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

/** The walk over a source that reports what a test gives it. */

let at: Ground;
let stop: AbortController;
beforeEach(() => {
  at = ground();
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  at.clear();
});

async function walking(settings: object = {}) {
  const log: string[] = [];
  const config = withPathsFrom(configSchema.parse(settings), join(at.path, "rollcall.yaml"));
  const logger = pino({ base: null }, { write: (line: string) => void log.push(line) });
  const state = await openStateDirectory(config.state, config.traefik.version, logger);
  const chased: (readonly string[])[] = [];
  const guarded: string[][] = [];
  let report = (_: SourceState) => {};
  const source: InstanceSource = {
    name: "local",
    run(heard, signal) {
      report = heard;
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
    },
    lookAgain() {},
    accept() {},
    guard: (served) => void guarded.push([...served].map(([project, names]) => `${project}: ${[...names]}`)),
    chase: (names) => void chased.push(names),
    status: () => expect.fail("the walk doesn't ask how a source is"),
  };
  const wiring = createWiring(config);
  const walk = startWalk({
    wiring,
    files: createFileSources(config, wiring, state.kept, logger),
    sources: [source],
    probes: createProbes({ ask: askOnce, onProbe() {} }),
    state,
    settle: config.settle,
    log: logger,
    signal: stop.signal,
  });
  const shown = (...seen: ReturnType<typeof instance>[]) => report(see(...seen).get("local") as SourceState);
  return { walk, chased, guarded, shown, report: (state: SourceState) => report(state), log: () => log.join("") };
}

test("after each roll call a source is given the replicas without an address, and none once all have one", async () => {
  at.declare("web", 2);
  const { walk, chased, shown } = await walking();
  shown(instance("web-0"), instance("web-1", { address: null }));
  await until("a roll call", () => chased.length > 0);
  expect(chased.at(-1)).toEqual(["web-1"]);
  shown(instance("web-0"), instance("web-1"));
  await until("it is served", () => walk.publisher.current().status === 200);
  expect(chased.at(-1)).toEqual([]);
});

test("the log says who joined, moved and left, and why; after a restart only what has changed meanwhile", async () => {
  at.declare("web", 2);
  const lines = (log: string) => log.match(/web-\d [^"]*/g);
  const { walk, guarded, shown, log } = await walking();
  shown(instance("web-0"), instance("web-1"));
  await until("it is served", () => walk.publisher.current().status === 200);
  shown(instance("web-0", { address: "10.0.0.8" }), instance("web-1"));
  shown(instance("web-0", { address: "10.0.0.8" }), instance("web-1", { state: "stopped" }));
  const before = [
    "web-0 joined: 10.0.0.0",
    "web-1 joined: 10.0.0.1",
    "web-0 moved: 10.0.0.0 -> 10.0.0.8",
    "web-1 left: stopped (was 10.0.0.1)",
  ];
  expect(lines(log())).toEqual(before);
  expect(guarded.at(-1)).toEqual(["default: web-0"]);
  stop.abort();
  await walk.ended;
  stop = new AbortController();
  const again = await walking();
  // Before its first listing the source knows whom not to lose.
  expect(again.guarded).toEqual([["default: web-0"]]);
  again.shown(instance("web-0", { address: "10.0.0.8" }), instance("web-1"));
  await until("the other one is back", () => lines(again.log()) !== null);
  expect(lines(again.log())).toEqual(["web-1 joined: 10.0.0.1"]);
});

test("a listing that can't be worked with ends nothing: what is served stays, and the log names the place in the code", async () => {
  at.declare("web", 1);
  const { walk, shown, report, log } = await walking();
  shown(instance("web-0"));
  await until("it is served", () => walk.publisher.current().status === 200);
  const { version } = walk.publisher.current();
  report({
    get: () => {
      throw new TypeError("hunter2");
    },
  } as unknown as SourceState);
  expect(log()).toMatch(/a fault of rollcall itself: TypeError in walk.test.ts:\d+; please report it/);
  expect(log()).not.toContain("hunter2");
  expect(walk.publisher.current().version).toBe(version);
  shown(instance("web-0", { address: "10.0.0.9" }));
  await until("the next listing counts", () => walk.publisher.current().version !== version);
});

test("one instance with labels that no program can read costs itself alone", async () => {
  at.declare("web", 1);
  mkdirSync(join(at.path, "routes"));
  writeFileSync(join(at.path, "routes/a.yaml"), "http: { middlewares: { m: { compress: {} } } }\n");
  const labels = { allow: { default: { hosts: ["*.example.com"] } } };
  const { walk, shown } = await walking({ sources: [{ name: "local", labels }] });
  const endless = `user.traefik.http.routers.x.${"a.".repeat(4000)}b`;
  const noText = { "user.traefik.http.routers.x.rule": null as unknown as string };
  const keys = { "user.traefik.enable": "true", "user.traefik.http.services.x.loadbalancer.server.port": "80" };
  shown(
    instance("web-0"),
    instance("bad", { keys: { ...keys, ...noText } }),
    instance("endless", { address: "10.0.0.97", keys: { ...keys, [endless]: "1" } }),
    instance("good", {
      address: "10.0.0.98",
      keys: { ...keys, "user.traefik.http.routers.good.rule": "Host(`a.example.com`)" },
    }),
  );
  await until("it is served", () => walk.publisher.current().status === 200);
  const { labelled, served } = walk.outcome().composed;
  expect(labelled.map(({ instance, state }) => [instance, state])).toEqual([
    ["bad", "left-out"],
    ["endless", "left-out"],
    ["good", "member"],
  ]);
  expect(labelled[0]?.problems).toEqual([expect.stringMatching(/^a fault of rollcall itself: TypeError/)]);
  expect(labelled[1]?.problems).toEqual([
    `user.traefik.http.routers.x.${"a.".repeat(26)}...: has more than 256 characters: shorten or remove it`,
  ]);
  expect([...served.keys()]).toEqual([
    "http.middlewares/m",
    "http.routers/good",
    "http.routers/web",
    "http.services/web",
    "http.services/x",
  ]);
});
