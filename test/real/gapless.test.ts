import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ms, pause, tell } from "../support/measure.ts";
import { gaplessParts, graceful, images, openRig, type Rig } from "../support/real/gapless.ts";
import { group, underEach } from "../support/real/gapless-load.ts";
import {
  deleteInTurn,
  destroyBeside,
  grace,
  healthy,
  killOne,
  most,
  replaceByPlan,
  restartInTurn,
  rollout,
  scale,
  scaleByDeploy,
  scaleByFile,
  size,
  stopInTurn,
} from "../support/real/gapless-rows.ts";
import { realTraefik, titled } from "../support/real/parts.ts";

/** What a steady load sees while replicas come and go, with what rollcall does about it and without. */

const parts = await gaplessParts();
const older = await Promise.all(
  ["3.5.3", "3.0.4"].map(async (version) => ({ version, ...(await realTraefik(version)) })),
);
const missing = parts.missing ?? older.find((one) => one.missing !== undefined)?.missing;
/** Its port opens three seconds after its address, and its /health is 200 two seconds later. */
const lateStart = { "environment.PORT_AFTER": "3", "environment.HEALTH_AFTER": "5" };
const [image, otherImage] = images;
const first = {
  replicas: most,
  image,
  rollout: { maxUnavailable: 2 },
  config: { ...graceful, ...lateStart },
  router: {},
  loadBalancer: {},
};
const timeout = 300_000;

describe.skipIf(missing !== undefined)(titled("under load, without ready and drain", missing), { timeout }, () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await openRig(parts, { ...first, ready: undefined });
  }, timeout);
  afterAll(() => rig?.close());

  /** They are told, not judged: how many fail is a matter of luck. */
  test("what ends a replica without notice, or sends to one that is not ready, fails requests", async () => {
    await healthy(rig);
    const told = [
      await rig.under("scale 5 to 3", () => scale(rig, size, "--no-drain")),
      await rig.under("rollout", () => rollout(rig, otherImage, "--no-drain")),
      await rig.under("lxc restart, each replica in turn", () => restartInTurn(rig)),
      await rig.under("lxc stop -f, each replica in turn", () => stopInTurn(rig, true)),
    ];
    expect(told.map(({ sent }) => sent > 100)).toEqual([true, true, true, true]);
  });
});

describe.skipIf(missing !== undefined)(titled("under load, with ready and drain", missing), { timeout }, () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await openRig(parts, { ...first, ready: { http: "/health" } });
  }, timeout);
  afterAll(() => rig?.close());
  // A row that failed leaves the others what they begin with.
  beforeEach(async ({ task }) => {
    const replicas = task.name.startsWith("5 to 2") ? most : size;
    if ((await rig.one.servers(group))?.length === replicas) return;
    rig.declare({ replicas });
    await rig.verb("deploy", "--yes", "--force", "--grace", "1s");
    await rig.has(replicas);
  }, timeout);

  /** With the least seconds that a replica had been out of Traefik when a WebSocket to it ended. A busy machine sees late that it is. */
  test.each<[string, (rig: Rig) => Promise<unknown>, number]>([
    ["5 to 2 and back by deploys", scaleByDeploy, 2],
    ["5 to 2 and back by the file alone", scaleByFile, 2],
    ["drain and lxc delete -f, each in turn", deleteInTurn, 2],
    ["lxc stop, each in turn", stopInTurn, 0],
    ["lxc restart, each in turn", restartInTurn, 0],
  ])("%s: no request fails, and no WebSocket ends before its replica is out", async (name, act, least) => {
    const row = await rig.under(name, () => act(rig));
    expect(row.failures).toEqual([]);
    expect(Math.min(...row.notice)).toBeGreaterThan(least);
  });

  test("Traefik 3.0, 3.5 and 3.7 see nothing of a rollout and of a drain by plan, which terraform then does", async () => {
    const others = await Promise.all(
      older.map(async ({ version, binary }) => {
        const traefik = await rig.another(`v${version.replaceAll(".", "-")}`, binary);
        return { name: `Traefik ${version}`, traefik };
      }),
    );
    const asked = (what: string) =>
      [{ name: "Traefik 3.7", traefik: rig.one }, ...others].map(({ name, traefik }) => ({
        name: `${what}, ${name}`,
        traefik,
      }));
    const rows = [
      ...(await underEach(asked("rollout"), () => rollout(rig, otherImage, ...grace))),
      ...(await underEach(asked("drain by plan"), () => replaceByPlan(rig, `${group}-1`))),
    ];
    for (const { traefik } of others) await traefik.stop();
    expect(rows.map(({ failures }) => failures)).toEqual(rows.map(() => []));
    expect(Math.min(...rows.flatMap(({ notice }) => notice))).toBeGreaterThan(2);
  });

  test("rollout with others meanwhile: no request fails, and never fewer than all serve", async () => {
    rig.declare({ rollout: { maxUnavailable: 2, maxSurge: 2 } });
    const row = await rig.under("rollout with maxSurge: 2", () => rollout(rig, image, ...grace));
    expect(row.failures).toEqual([]);
  });

  test("a Traefik that hangs while its poll is held is waited for, by its name, until it counts as gone", async () => {
    const two = await rig.another("two");
    await pause(3000);
    two.signal("SIGSTOP");
    const began = performance.now();
    const { stderr } = await rig.verb("drain", `${group}-2`, "--grace", "1s");
    tell(`one of two Traefiks hangs: the drain took ${ms(performance.now() - began)}`);
    two.signal("SIGCONT");
    expect(stderr).toMatch(/two/);
    expect(performance.now() - began).toBeGreaterThan(8000);
    await rig.verb("undrain", `${group}-2`);
    await rig.has(size);
  });

  test("lxc stop -f fails no request that may be repeated, with two attempts and a passive health check", async () => {
    await killOne(rig, "lxc stop -f, two attempts", false);
    const row = await killOne(rig, "lxc stop -f, two attempts, passive health check", true);
    expect(row.failures).toEqual([]);
  });

  test("destroy: what is still declared fails no request, and the group's are answered until it is drained", async () => {
    const [destroyed, other] = await destroyBeside(rig, ["destroy", "what is not destroyed"]);
    expect(other?.failures).toEqual([]);
    expect(other?.closed).toEqual([]);
    // Traefik's own word once the group has no member; none was cut, and none was sent to one that is gone.
    expect(new Set(destroyed?.failures.map(({ why }) => why))).toEqual(new Set(["503 no available server"]));
    const ended = destroyed?.notice.filter((_, index) => destroyed.closed[index]?.server !== "") ?? [];
    expect(Math.min(...ended)).toBeGreaterThan(2);
  });
});
