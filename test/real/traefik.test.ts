import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { ms, tell } from "../support/measure.ts";
import { createVisitor } from "../support/network/visitor.ts";
import { churn, churned } from "../support/real/churn.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage, traefikHas } from "../support/real/stage.ts";
import { allCurrent, allHeld, expectAgreement } from "../support/traefik/agreement.ts";
import { until } from "../support/until.ts";

/** The real Traefik with the server over the embedded daemon, for machines without LXD. */

const { binary, missing } = await realTraefik();
const quick = ["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"];

describe.skipIf(missing !== undefined)(titled("the real Traefik, over the embedded daemon", missing), () => {
  let lxd: EmbeddedDaemon;
  let stage: Stage;
  beforeEach(async () => {
    lxd = await createEmbeddedDaemon();
    stage = await openStage({ socket: lxd.socket, project: "rollcall-traefik", binary });
  });
  afterEach(async () => {
    await stage?.close();
    await lxd?.close();
  });

  test("it routes nothing while the roll call is open, and all three once it is complete", async () => {
    stage.declare("web", 3);
    await stage.launch(["web-0", "web-1"]);
    const server = await stage.serve();
    const traefik = await stage.traefik(quick);
    const visitor = createVisitor(traefik.web);
    await until("it was refused", () => traefik.log().includes("received non-ok response code: 423"));
    expect(await visitor.visit()).toBe("404");
    await stage.launch(["web-2"]);
    await documentHas(server, 3);
    const unlocked = performance.now();
    await traefikHas(traefik, 3);
    tell(`unlock to Traefik serving, embedded: ${ms(performance.now() - unlocked)}`);
    const answers = await Promise.all(Array.from({ length: 12 }, () => visitor.visit()));
    expect(new Set(answers)).toEqual(new Set(["web-0", "web-1", "web-2"]));

    await stage.driver.stop("web-1");
    await traefikHas(traefik, 2);
    await stage.driver.start("web-1");
    await traefikHas(traefik, 3);
    await visitor.close();
  });

  test("a group of no replicas is a 503, not a 404", async () => {
    stage.declare("web", 0);
    await stage.serve();
    const traefik = await stage.traefik(quick);
    await traefikHas(traefik, 0);
    const visitor = createVisitor(traefik.web);
    expect(await visitor.visit()).toBe("503");
    await visitor.close();
  });

  test("a held one and a plain one end on the same version", async () => {
    stage.declare("web", churned.length);
    await stage.launch(churned);
    const server = await stage.serve();
    const queries = ["?name=held", "?name=plain&hold=off"];
    const traefiks = await Promise.all(queries.map((query) => stage.traefik([], query)));
    await churn(stage, server, 8);
    await allCurrent(server, ["held", "plain"]);
    await expectAgreement(server, traefiks);
    for (const traefik of traefiks) expect(traefik.log()).not.toMatch(/Provider error|cannot decode/);
  });

  test("one that is stopped while its poll is held exits 0, at the defaults and at 1 s", async () => {
    stage.declare("web", 1);
    await stage.launch(["web-0"]);
    const server = await stage.serve();
    const names = Array.from({ length: 6 }, (_, i) => `n${i}`);
    const flags = (i: number) => (i % 2 === 0 ? [] : quick);
    const traefiks = await Promise.all(names.map((name, i) => stage.traefik(flags(i), `?name=${name}`)));
    const began = names.map(async (name, i) => {
      await allHeld(server, [name]);
      // At another moment of the hold each.
      await new Promise((resolve) => setTimeout(resolve, i * 130));
      return await traefiks[i]?.stop();
    });
    expect(await Promise.all(began)).toEqual(names.map(() => 0));
    for (const traefik of traefiks) expect(traefik.log()).not.toMatch(/panic/);
  });
});
