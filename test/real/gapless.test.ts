import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ms, pause, tell } from "../support/measure.ts";
import { graceful, lateStart, openRig, type Rig, repeated } from "../support/real/gapless.ts";
import { group, underEach } from "../support/real/gapless-load.ts";
import {
  deleteInTurn,
  replaceByPlan,
  restartInTurn,
  rollout,
  scale,
  scaleByFile,
  size,
  stopInTurn,
} from "../support/real/gapless-rows.ts";
import { realParts, realTraefik, titled } from "../support/real/parts.ts";
import { realTerraform } from "../support/real/terraform-parts.ts";

/** What a steady load sees while replicas come and go, with what rollcall does about it and without. */

const { socket, binary, missing: missingParts } = await realParts();
const terraform = await realTerraform();
const older = await Promise.all(
  ["3.5.3", "3.0.4"].map(async (version) => ({ version, ...(await realTraefik(version)) })),
);
const missing = missingParts ?? terraform.missing ?? older.find((one) => one.missing !== undefined)?.missing;
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
      await rig.under("scale 5 to 3", () => scale(rig, size, "--no-drain")),
      await rig.under("rollout", () => rollout(rig, "web-v2", "--no-drain")),
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
    rig.attempts(2);
    rig.declare({ router: repeated.router, loadBalancer: repeated.loadBalancer, replicas: size });
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

/** No fewer seconds than a request takes; and the answers of a Traefik that has let go are the last it sends there. */
const grace = ["--grace", "6s"];

describe.skipIf(missing !== undefined)(titled("under load, with ready and drain", missing), { timeout }, () => {
  let rig: Rig;
  beforeAll(async () => {
    const first = { replicas: size, image: "web", ready: { http: "/health" }, ...plain };
    rig = await openRig({ socket, project, binary }, terraform, first);
  }, timeout);
  afterAll(() => rig?.close());
  // A row that failed leaves the others what they begin with.
  beforeEach(async () => {
    rig.declare({ replicas: size });
    await rig.verb("deploy", "--yes", "--force");
    await rig.has(size);
  }, timeout);

  test.each<[string, (rig: Rig) => Promise<unknown>]>([
    ["scale to 5 and back to 3 by deploys", (rig) => scale(rig, 5).then(() => scale(rig, size, ...grace))],
    ["rollout", (rig) => rollout(rig, "web-v2", ...grace)],
    ["drain by plan, replaced by terraform", (rig) => replaceByPlan(rig, `${group}-1`, ...grace)],
    ["drain and lxc delete -f, each in turn", (rig) => deleteInTurn(rig, ...grace)],
  ])("%s: no request fails, and WebSockets end after the grace", async (name, act) => {
    const row = await rig.under(name, () => act(rig));
    expect(row.failures).toEqual([]);
    // The grace is 6 s; a busy machine sees late that Traefik let go.
    expect(Math.min(...row.notice)).toBeGreaterThan(2);
  });

  test.each<[string, (rig: Rig) => Promise<unknown>]>([
    ["lxc stop, each in turn", (rig) => stopInTurn(rig)],
    ["lxc restart, each in turn", (rig) => restartInTurn(rig)],
  ])("%s: no request fails", async (name, act) => {
    const row = await rig.under(name, () => act(rig));
    expect(row.failures).toEqual([]);
  });

  test("rollout with one more meanwhile: no request fails, and never fewer than all serve", async () => {
    rig.declare({ rollout: { maxSurge: 1 } });
    const row = await rig.under("rollout with maxSurge: 1", () => rollout(rig, "web", ...grace));
    expect(row.failures).toEqual([]);
  });

  test("Traefik 3.0 and 3.5 see nothing of a rollout and of a drain either", async () => {
    const versions = Object.fromEntries(
      await Promise.all(
        older.map(
          async ({ version, binary }) =>
            [version, await rig.another(`v${version.replaceAll(".", "-")}`, binary)] as const,
        ),
      ),
    );
    const traefiks = (what: string) =>
      Object.fromEntries(
        Object.entries(versions).map(([version, traefik]) => [`${what}, Traefik ${version}`, traefik]),
      );
    const rows = [
      ...(await underEach(traefiks("rollout"), () => rollout(rig, "web-v2", ...grace))),
      ...(await underEach(traefiks("drain by plan"), () => replaceByPlan(rig, `${group}-1`, ...grace))),
    ];
    expect(rows.map(({ failures }) => failures)).toEqual(rows.map(() => []));
    for (const traefik of Object.values(versions)) await traefik.stop();
  });

  test("a Traefik that hangs is waited for, by its name, until it counts as gone", async () => {
    const two = await rig.another("two", undefined, "&hold=off");
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
});
