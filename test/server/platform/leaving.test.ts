import { afterEach, describe, expect, test, vi } from "vitest";
import type { z } from "zod";
import { quick } from "../../../embedded-daemon/quick.ts";
import type { DaemonClient } from "../../../server/platform/client.ts";
import { createGuard } from "../../../server/platform/guard.ts";
import { createLooker } from "../../../server/platform/look.ts";
import type { SourceState } from "../../../server/roll-call/observed.ts";
import { watchSource } from "../../support/server/source.ts";
import { until } from "../../support/until.ts";

describe("an instance that is being stopped", () => {
  test("is leaving from the beginning of the stop on, while it runs", async () => {
    await using bench = await quick({ serve: false });
    await bench.driver.launch("web-0", { config: { "environment.GRACE": "1" } });
    await using watched = watchSource(bench.lxd.socket);
    await until("it runs", () => watched.instance("web-0")?.state === "running");
    const stopping = bench.driver.stop("web-0");
    await until("it is leaving", () => watched.instance("web-0")?.leaving === "LXD is stopping it");
    expect(watched.instance("web-0")?.state).toBe("running");
    expect((await bench.driver.state("web-0")).status).toBe("Running");
    await stopping;
    await until("it has stopped", () => watched.instance("web-0")?.state === "stopped");
    await until("it is over", () => watched.instance("web-0")?.leaving === undefined);
  });

  test("stays when the stop fails, which no lifecycle event tells", async () => {
    await using bench = await quick({ serve: false });
    await bench.driver.launch("web-0", { config: { "environment.GRACE": "30" } });
    await using watched = watchSource(bench.lxd.socket);
    await until("it runs", () => watched.instance("web-0")?.state === "running");
    const stopping = bench.driver.stop("web-0", { timeout: 1 }).catch((error: Error) => error.message);
    await until("it is leaving", () => watched.instance("web-0")?.leaving);
    expect(await stopping).toContain("Failed shutting down instance");
    await until("it stays", () => watched.instance("web-0")?.leaving === undefined);
    expect(watched.instance("web-0")?.state).toBe("running");
  });

  test("is seen to have stopped where operations may not be read, and that is said once", async () => {
    await using bench = await quick({ serve: false });
    bench.lxd.faults.refuseOperations = true;
    await bench.driver.launch("web-0");
    await using watched = watchSource(bench.lxd.socket);
    await until("it runs", () => watched.instance("web-0")?.state === "running");
    await bench.driver.stop("web-0");
    await until("it has stopped", () => watched.instance("web-0")?.state === "stopped");
    expect(watched.source.status()).toMatchObject({
      problem: undefined,
      operationsProblem: "GET /1.0/operations?recursion=1&project=default: 403 not authorized",
    });
    expect(watched.log().match(/running operations can't be read/g)).toHaveLength(1);
    bench.lxd.faults.refuseOperations = false;
    watched.source.accept();
    await until("they can be read", () => watched.source.status().operationsProblem === undefined);
  });
});

test("a snapshot that freezes an instance for longer than a second does not make it frozen", async () => {
  await using bench = await quick({ serve: false });
  bench.lxd.faults.snapshotFreeze = 2200;
  await bench.driver.launch("web-0");
  await using watched = watchSource(bench.lxd.socket);
  await until("it runs", () => watched.instance("web-0")?.state === "running");
  const states = new Set<string | undefined>();
  let done = false;
  const snapshot = bench.driver.snapshot("web-0").then(() => {
    done = true;
  });
  while (!done) {
    states.add(watched.instance("web-0")?.state);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await snapshot;
  expect([...states]).toEqual(["running", "freezing"]);
  await bench.driver.freeze("web-0");
  await until("a person's freeze counts", () => watched.instance("web-0")?.state === "frozen");
});

describe("before the instances are listed", () => {
  afterEach(() => void vi.useRealTimers());
  const web = { name: "web-0", type: "container", status_code: 103, state: { network: {} } };
  const environment = { server: "lxd", server_version: "5.0.2", server_clustered: false };
  const stop = { id: "1", class: "task", description: "Stopping instance", status_code: 103 };

  /** A looker over answers by path. A path without an answer fails. */
  function looking(more: Record<string, unknown>) {
    const server = { "/1.0": { auth: "trusted", environment } };
    const answers: Record<string, unknown> = { ...server, "/1.0/instances": [web], "/1.0/networks": [], ...more };
    const asked: string[] = [];
    const client = {
      deadline: 0,
      stream: () => Promise.reject(),
      credential: "socket",
      where: () => "",
      renew() {},
      close() {},
      async get(path: string, shape: z.ZodType) {
        const [known = ""] = path.split("?");
        asked.push(known);
        if (!(known in answers)) throw new Error(`no ${known}`);
        return shape.parse(answers[known]);
      },
    };
    const looker = createLooker(["default"], { family: "ipv4", subnet: undefined }, createGuard("50%"));
    const told: (string | undefined)[] = [];
    let seen: SourceState = new Map();
    const instance = () => seen.get("default")?.instances?.get("web-0");
    return {
      answers,
      told,
      instance,
      problem: looker.operationsProblem,
      asked: (path: string) => asked.filter((one) => one === path).length,
      async look() {
        seen = await looker.look(client as DaemonClient, (early) => {
          told.push(early.get("default")?.instances?.get("web-0")?.leaving);
        });
        return instance()?.leaving;
      },
    };
  }

  test("it is told at once who is leaving, and a listing that then fails takes nothing of that back", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { answers, look, told } = looking({ "/1.0/operations": {} });
    expect(await look()).toBeUndefined();
    answers["/1.0/operations"] = { running: [{ ...stop, resources: { instances: ["/1.0/instances/web-0"] } }] };
    delete answers["/1.0/instances"];
    expect(await look()).toBe("LXD is stopping it");
    expect(told).toEqual(["LXD is stopping it"]);
    delete answers["/1.0/operations"];
    answers["/1.0/instances"] = [web];
    expect(await look()).toBe("LXD is stopping it");
    answers["/1.0/operations"] = {};
    expect(await look()).toBe("LXD is stopping it");
    vi.advanceTimersByTime(10_001);
    expect(await look()).toBeUndefined();
    expect(told).toHaveLength(1);
  });

  test.each([
    null,
    [],
    "x",
    { running: {} },
    { running: [{}] },
    { running: [{ ...stop, status_code: "103" }] },
    { running: [{ ...stop, resources: { instances: "/1.0/instances/web-0" } }] },
  ])("operations that are %j cost nothing else", async (answer) => {
    const { look, problem, instance } = looking({ "/1.0/operations": answer });
    await look();
    expect(instance()?.state).toBeDefined();
    expect(problem()).toBeDefined();
  });

  test("what can't be read is asked for again after ten seconds only, and counts as before for thirty", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const goesOn = { running: [{ ...stop, resources: { instances: ["/1.0/instances/web-0"] } }] };
    const { answers, look, asked } = looking({ "/1.0/operations": goesOn });
    await look();
    delete answers["/1.0/operations"];
    const seen: [string | undefined, number][] = [];
    for (const step of [0, 9_000, 2_000, 11_000, 11_000]) {
      vi.advanceTimersByTime(step);
      seen.push([await look(), asked("/1.0/operations")]);
    }
    const words = "LXD is stopping it";
    expect(seen).toEqual([
      [words, 2],
      [words, 2],
      [words, 3],
      [words, 4],
      [undefined, 5],
    ]);
  });
});
