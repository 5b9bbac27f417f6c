import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ms, pause, tell } from "../support/measure.ts";
import { resultOf, startLoad } from "../support/network/load.ts";
import { createVisitor } from "../support/network/visitor.ts";
import { realParts, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage, traefikHas } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import type { Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** What a steady hundred requests a second through Traefik see of a stop, a start and a snapshot. */

const { socket, binary, missing } = await realParts();
const replicas = ["web-0", "web-1", "web-2"];

describe.skipIf(missing !== undefined)(titled("under 100 requests a second, on real LXD and Traefik", missing), () => {
  let stage: Stage;
  let server: Rollcall;
  let traefik: Traefik;
  beforeAll(async () => {
    stage = await openStage({ socket, project: "rollcall-load", binary });
    stage.declare("web", 3);
    await stage.launch(["web-0", "web-1"]);
    await stage.launch(["web-2"], { config: { "environment.GRACE": "3" } });
    server = await stage.serve();
    await documentHas(server, 3);
    traefik = await stage.traefik(["--providers.providersThrottleDuration=100ms"]);
    await traefikHas(traefik, 3);
    await isHeld();
  });
  /** The first poll of a connection is not held, and a hold needs to know the interval; after a new version the interval has to pass. */
  const isHeld = () =>
    until("a poll is held", async () => (await server.status()).pollers.some(({ held }) => held), 15_000);
  afterAll(() => stage?.close());

  test("a snapshot of every replica makes no new version and fails no request", async () => {
    const { version } = await server.document();
    const load = startLoad(traefik.web, 100);
    await pause(500);
    for (const name of replicas) await stage.driver.snapshot(name);
    await pause(1500);
    await load.stop();
    tell(`three snapshots: ${resultOf(load)}`);
    expect(load.failures).toEqual([]);
    expect((await server.document()).version).toBe(version);
    expect(published(server)).toBe(1);
  });

  test("a snapshot that freezes a replica for longer than a second makes no new version", async () => {
    const { version } = await server.document();
    let frozen = 0;
    // The files are copied while it is frozen.
    for (let mebibytes = 200; frozen < 1000 && mebibytes < 2000; mebibytes *= 2) {
      await stage.inside("web-0", `dd if=/dev/zero of=/large bs=1M count=${mebibytes} 2>/dev/null`);
      frozen = await frozenDuring("web-0", stage.driver.snapshot("web-0"));
      tell(`a snapshot of ${mebibytes} MB: frozen for ${ms(frozen)}`);
    }
    expect(frozen).toBeGreaterThan(1000);
    await pause(1500);
    expect((await server.document()).version).toBe(version);
    expect(published(server)).toBe(1);
  });

  /** How long an instance was frozen before something was done, in milliseconds. */
  async function frozenDuring(name: string, act: Promise<void>): Promise<number> {
    let span = 0;
    let done = false;
    const acted = act.finally(() => {
      done = true;
    });
    while (!done) {
      const began = performance.now();
      const { status } = await stage.driver.state(name);
      await pause(20);
      if (status === "Freezing" || status === "Frozen") span += performance.now() - began;
    }
    await acted;
    return span;
  }

  test("a replica that serves on while it is stopped fails no request", async () => {
    const load = startLoad(traefik.web, 100);
    await pause(500);
    await Promise.all([traefikHas(traefik, 2), stage.driver.stop("web-2")]);
    await pause(1000);
    await load.stop();
    tell(`lxc stop with 3 s of grace: ${resultOf(load)}`);
    expect(load.failures).toEqual([]);
    await stage.driver.start("web-2");
    await traefikHas(traefik, 3);
    await isHeld();
  });

  test("a replica that stops fails requests only until Traefik knows", async () => {
    const load = startLoad(traefik.web, 100);
    await pause(500);
    const asked = performance.now();
    const [known] = await Promise.all([
      traefikHas(traefik, 2).then(() => performance.now()),
      stage.driver.stop("web-1"),
    ]);
    await pause(1000);
    await load.stop();
    const { failures, sent } = load;
    tell(`lxc stop: ${resultOf(load)}; Traefik knew ${ms(known - asked)} after the command`);
    expect(failures.filter(({ at }) => at > known + 50)).toEqual([]);
    expect(sent).toBeGreaterThan(150);
  });

  test("a replica that starts comes back without a failed request", async () => {
    const load = startLoad(traefik.web, 100);
    await stage.driver.start("web-1");
    await traefikHas(traefik, 3);
    const visitor = createVisitor(traefik.web);
    await until("web-1 answers", async () => (await visitor.visit()) === "web-1");
    await pause(1000);
    await load.stop();
    await visitor.close();
    tell(`lxc start: ${resultOf(load)}`);
    expect(load.failures).toEqual([]);
  });
});

/** How many documents the server has published. */
function published(server: Rollcall): number {
  return server.log().match(/"status":200,.*"msg":"published"/g)?.length ?? 0;
}
