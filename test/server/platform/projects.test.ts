import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../../embedded-daemon/daemon.ts";
import { createDriver, type Driver } from "../../../embedded-daemon/driver.ts";
import type { DaemonClient } from "../../../server/platform/client.ts";
import { DaemonError } from "../../../server/platform/daemon-error.ts";
import { createGuard } from "../../../server/platform/guard.ts";
import { createLooker } from "../../../server/platform/look.ts";
import { listingOf, type SourceState } from "../../../server/roll-call/observed.ts";
import { watchSource } from "../../support/server/source.ts";
import { until } from "../../support/until.ts";

describe("a source that reads all projects", () => {
  let daemon: EmbeddedDaemon;
  let driver: Driver;
  beforeAll(async () => {
    daemon = await createEmbeddedDaemon();
    driver = createDriver(daemon.socket);
  });
  afterAll(async () => {
    await driver.close();
    await daemon.close();
  });

  test("sees a project when it is made, and drops it when it is deleted", async () => {
    await using watched = watchSource(daemon.socket, { projects: "all" });
    await until("the first look", () => watched.listing("default"));
    await driver.createProject("shop");
    await until("the new project", () => watched.listing("shop"));
    const shop = createDriver(daemon.socket, { project: "shop" });
    await shop.create("web-0");
    await until("its instance", () => watched.listing("shop")?.instances?.has("web-0"));
    watched.source.guard(new Map([["shop", new Set(["web-0"])]]));
    await shop.remove("web-0");
    await shop.close();
    await driver.removeProject("shop");
    await until("what was served there is gone, as an event told", () => {
      const instances = watched.listing("shop")?.instances;
      return instances === undefined || instances.size === 0;
    });
    watched.source.guard(new Map());
    watched.source.lookAgain();
    await until("the project is dropped", () => watched.listing("shop") === undefined);
    expect(watched.source.status().problem).toBeUndefined();
  });
});

/** A looker over answers by path; a number is the status of a refusal. `web-0` of project shop is served. */
function looking(answers: Record<string, unknown>) {
  const client = {
    deadline: 0,
    credential: "socket",
    async get(path: string, shape: z.ZodType) {
      const answer = answers[path] ?? answers[path.split("?")[0] ?? ""] ?? [];
      if (typeof answer === "number") throw new DaemonError(path, "refused", { status: answer });
      return shape.parse(answer);
    },
  };
  const guard = createGuard("50%");
  guard.watch(new Map([["shop", new Set(["web-0"])]]));
  const looker = createLooker("all", { family: ["ipv4"], subnet: undefined }, guard);
  const look = async () => {
    const state: SourceState = await looker.look(client as unknown as DaemonClient);
    const of = (project: string) => listingOf({ source: "local", project }, new Map([["local", state]]));
    return { shop: of("shop"), other: of("other"), listed: [...state.keys()] };
  };
  return { guard, look };
}

const project = (name: string) => ({ name });
const answered = () => ({
  "/1.0": { auth: "trusted", environment: { server: "lxd", server_version: "5.0.2", server_clustered: false } },
  "/1.0/projects": [project("shop"), project("default")] as unknown,
  "/1.0/projects/default": project("default") as unknown,
  "/1.0/projects/shop": project("shop") as unknown,
  "/1.0/instances?recursion=2&fields=state.network&project=shop": [
    { name: "web-0", type: "container", status_code: 103 },
  ],
});

describe("a project that the list of all lacks", () => {
  test("and that does not exist has lost what was served of it: that is held, as one that a listing has lost", async () => {
    const answers = answered();
    const { look } = looking(answers);
    expect((await look()).shop?.instances?.get("web-0")?.state).toBe("unread");
    answers["/1.0/projects"] = [project("default")];
    answers["/1.0/projects/shop"] = 404;
    expect((await look()).shop?.instances?.get("web-0")).toMatchObject({ state: "unlisted" });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const { shop } = await look();
    expect([shop?.problem, shop?.instances?.get("web-0")]).toEqual([
      undefined,
      { name: "web-0", state: "unlisted", keys: {}, nics: [], agreed: true },
    ]);
  });

  test("keeps what was served of it while it may not be read, and says so", async () => {
    const answers = answered();
    const { look } = looking(answers);
    await look();
    answers["/1.0/projects"] = [project("default")];
    answers["/1.0/projects/shop"] = 403;
    const { shop } = await look();
    expect([shop?.problem, shop?.instances?.has("web-0")]).toEqual(["GET /1.0/projects/shop: 403 refused", true]);
  });

  test("and of which nothing is served is dropped", async () => {
    const answers = answered();
    const { guard, look } = looking(answers);
    expect((await look()).listed.sort()).toEqual(["*", "default", "shop"]);
    answers["/1.0/projects"] = [project("default")];
    guard.watch(new Map());
    const { shop, listed } = await look();
    expect([listed.sort(), shop?.instances?.size]).toEqual([["*", "default"], 0]);
  });
});

test("while projects can't be listed all keep their listings, and one that never was listed is not known", async () => {
  const answers = answered();
  const { look } = looking(answers);
  const list = answers["/1.0/projects"];
  answers["/1.0/projects"] = 500;
  const first = await look();
  const problem = "GET /1.0/projects?recursion=1: 500 refused";
  expect([first.listed, first.shop]).toEqual([["*"], { instances: undefined, problem }]);
  answers["/1.0/projects"] = list;
  expect((await look()).other).toEqual({ instances: new Map(), problem: undefined });
  answers["/1.0/projects"] = 500;
  const { shop } = await look();
  expect([shop?.problem, shop?.instances?.has("web-0")]).toEqual([problem, true]);
});
