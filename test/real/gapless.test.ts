import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pause } from "../support/measure.ts";
import { graceful, group, lateStart, openRig, type Rig, repeated } from "../support/real/gapless.ts";
import { restartInTurn, rollout, scale, scaleByFile, size, stopInTurn } from "../support/real/gapless-rows.ts";
import { realParts, titled } from "../support/real/parts.ts";
import { realTerraform } from "../support/real/terraform-parts.ts";

/** What a steady load sees while replicas come and go, with what rollcall does about it and without. */

const { socket, binary, missing: missingParts } = await realParts();
const terraform = await realTerraform();
const missing = missingParts ?? terraform.missing;
const plain = { rollout: undefined, config: { ...graceful, ...lateStart }, router: {}, loadBalancer: {} };
const project = "rollcall-gapless";
const timeout = 300_000;

describe.skipIf(missing !== undefined)(titled("under load, without ready and drain", missing), { timeout }, () => {
  let rig: Rig;
  beforeAll(async () => {
    const first = { replicas: 5, image: "web", ready: undefined, ...plain };
    rig = await openRig({ socket, project, binary }, terraform, first);
  }, timeout);
  afterAll(() => rig?.close());

  test("a change of the file alone fails no request", async () => {
    await pause(5000);
    const row = await rig.under("scale 5 to 2 and back, the file alone", () => scaleByFile(rig));
    expect(row.failures).toEqual([]);
    expect(row.closed).toEqual([]);
  });

  /** They are told, not judged: how many fail is a matter of luck. */
  test("what ends a replica without notice, or sends to one that is not ready, fails requests", async () => {
    const told = [
      await rig.under("scale 5 to 3", () => scale(rig, size)),
      await rig.under("rollout", () => rollout(rig, "web-v2")),
      await rig.under("lxc restart, each replica in turn", () => restartInTurn(rig)),
      await rig.under("lxc stop -f, each replica in turn", () => stopInTurn(rig, true)),
    ];
    expect(told.map(({ sent }) => sent > 100)).toEqual([true, true, true, true]);
  });

  test("lxc stop -f fails no request that may be repeated, where Traefik tries it often enough", async () => {
    const stop = async () => {
      await rig.driver.stop(`${group}-1`, { force: true });
      await rig.has(size - 1);
    };
    rig.declare({ router: repeated.router, loadBalancer: repeated.loadBalancer, image: "web-v2", replicas: size });
    await pause(8000);
    await rig.under("lxc stop -f, two attempts", stop);
    await rig.driver.start(`${group}-1`);
    rig.attempts(8);
    await rig.has(size);
    await pause(8000);
    const row = await rig.under("lxc stop -f, eight attempts", stop);
    expect(row.failures).toEqual([]);
  });
});
