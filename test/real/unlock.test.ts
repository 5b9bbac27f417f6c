import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ms, tell } from "../support/measure.ts";
import { createVisitor, type Visitor } from "../support/network/visitor.ts";
import { realParts, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage, traefikHas } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import type { Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** An empty state directory, and a Traefik that has routes from an earlier run. */

const { socket, binary, missing } = await realParts();

describe.skipIf(missing !== undefined)(titled("the roll call opens, on real LXD and Traefik", missing), () => {
  let stage: Stage;
  let traefik: Traefik;
  let visitor: Visitor;
  let server: Rollcall;
  let old: string[];

  beforeAll(async () => {
    stage = await openStage({ socket, project: "rollcall-unlock", binary });
    stage.declare("web", 2);
    await stage.launch(["web-0", "web-1"]);
    const earlier = await stage.serve();
    await documentHas(earlier, 2);
    traefik = await stage.traefik();
    old = await traefikHas(traefik, 2);
    visitor = createVisitor(traefik.web);
    await earlier.stop();
    rmSync(join(stage.path, "state"), { recursive: true });
    stage.declare("web", 3);
    server = await stage.serve();
  });
  afterAll(async () => {
    await visitor?.close();
    await stage?.close();
  });

  test("with two of three launched it is 423 and names web-2 and why", async () => {
    const { status, body, headers } = await until("the listing is read", async () => {
      const answer = await server.document();
      return answer.body.includes("web-2") && !answer.body.includes("not-read") && answer;
    });
    expect(status).toBe(423);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(JSON.parse(body)).toMatchObject({
      status: 423,
      waiting: [{ group: "web", replica: "web-2", reason: "missing", detail: expect.stringContaining(stage.project) }],
    });
    expect((await fetch(`http://${server.admin}/readyz`)).status).toBe(503);
  });

  test("the old routes stay for as long as it is locked", async () => {
    await until("Traefik was refused", () => traefik.log().includes("received non-ok response code: 423"), 30_000);
    expect(await traefik.servers("web")).toEqual(old);
    const answers = await Promise.all(Array.from({ length: 20 }, () => visitor.visit()));
    expect(new Set(answers)).toEqual(new Set(["web-0", "web-1"]));
  });

  test("with the third launched Traefik serves all three", async () => {
    await stage.launch(["web-2"]);
    await until("it is unlocked", async () => (await server.document()).status === 200, 10_000, 5);
    const unlocked = performance.now();
    await until("web-2 answers", async () => (await visitor.visit()) === "web-2", 20_000, 5);
    tell(`unlock to Traefik serving: ${ms(performance.now() - unlocked)}`);
    const all = await traefikHas(traefik, 3);
    expect(all).toEqual((await server.servers("web"))?.sort());
    expect(all).toEqual(expect.arrayContaining(old));
    const answers = await Promise.all(Array.from({ length: 30 }, () => visitor.visit()));
    expect(new Set(answers)).toEqual(new Set(["web-0", "web-1", "web-2"]));
    expect((await fetch(`http://${server.admin}/readyz`)).status).toBe(200);
  });
});
