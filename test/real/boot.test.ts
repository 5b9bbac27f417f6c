import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ms, tell } from "../support/measure.ts";
import { findLab, type Lab } from "../support/real/lab.ts";
import { realLxd, requirePart, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage } from "../support/real/stage.ts";
import { until } from "../support/until.ts";

/** A machine that boots: LXD and rollcall are started together, and a replica has no address yet. */

const parts = await realLxd();
const found = findLab(parts.socket);
const missing = parts.missing ?? ("reason" in found ? requirePart("lxd", found.reason) : undefined);
const lab = found as Lab;

describe.skipIf(missing !== undefined)(titled("LXD and rollcall started together, on real LXD", missing), () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ socket: parts.socket, project: "rollcall-boot", binary: "" });
    stage.declare("web", 1);
    await stage.launch(["web-0"]);
  });
  afterAll(async () => {
    await lab.up();
    await stage?.close();
  });

  test("the document is unlocked soon after the address is there, and not at the next resync", async () => {
    const address = await stage.driver.waitForAddress("web-0");
    await stage.inside("web-0", `ip addr del ${address}/24 dev eth0`);
    await until(
      "the address is gone",
      async () => !JSON.stringify(await stage.driver.state("web-0")).includes(address),
    );
    await lab.kill("KILL");
    const began = performance.now();
    const [server] = await Promise.all([stage.serve(), lab.up()]);
    expect((await server.document()).status).toBe(423);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + 5000 - performance.now())));
    await stage.inside("web-0", `ip addr add ${address}/24 dev eth0`);
    await documentHas(server, 1);
    const took = performance.now() - began;
    tell(`LXD and rollcall started together, an address after 5 s: 200 after ${ms(took)}`);
    // The resync is a minute.
    expect(took).toBeLessThan(40_000);
  });
});
