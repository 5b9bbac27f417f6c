import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tell } from "../support/measure.ts";
import { churn, churned } from "../support/real/churn.ts";
import { realParts, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage, traefikHas } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { allCurrent, expectAgreement } from "../support/traefik/agreement.ts";
import type { Traefik } from "../support/traefik/traefik.ts";

/** Two Traefiks at their defaults poll one server through a minute of churn, one held and one plain. */

const { socket, binary, missing } = await realParts();

describe.skipIf(missing !== undefined)(titled("two Traefiks, on real LXD", missing), () => {
  let stage: Stage;
  let server: Rollcall;
  let traefiks: Traefik[];
  beforeAll(async () => {
    stage = await openStage({ socket, project: "rollcall-pollers", binary });
    stage.declare("web", churned.length);
    await stage.launch(churned);
    server = await stage.serve();
    await documentHas(server, churned.length);
    traefiks = await Promise.all(["?name=held", "?name=plain&hold=off"].map((query) => stage.traefik([], query)));
    await Promise.all(traefiks.map((traefik) => traefikHas(traefik, churned.length)));
  });
  afterAll(() => stage?.close());

  test("a minute of churn leaves both on the same version", { timeout: 120_000 }, async () => {
    const seconds = Number(process.env.ROLLCALL_TEST_CHURN ?? 60);
    const steps = await churn(stage, server, seconds);
    const version = await allCurrent(server, ["held", "plain"]);
    await expectAgreement(server, traefiks);
    const { pollers } = await server.status();
    const named = pollers.filter(({ name }) => name !== null);
    expect(named.map((poller) => [poller.name, poller.version]).sort()).toEqual([
      ["held", version],
      ["plain", version],
    ]);
    const versions = server.log().match(/"msg":"published"/g)?.length ?? 0;
    const polls = named.map(({ name, polls }) => `${name} ${polls}`).join(", ");
    tell(`${seconds} s of churn, ${steps} steps: ${versions} versions; polls: ${polls}`);
  });

  test("nothing went wrong in either meanwhile, and both exit 0", async () => {
    for (const traefik of traefiks) {
      expect(traefik.log()).not.toMatch(/Provider error|cannot decode|panic/);
      expect(await traefik.stop()).toBe(0);
    }
  });
});
