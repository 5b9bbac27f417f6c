import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ms, tell } from "../support/measure.ts";
import { createVisitor } from "../support/network/visitor.ts";
import { findLab, type Lab } from "../support/real/lab.ts";
import { realParts, requirePart, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage, traefikHas } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import type { Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** The real daemon dies, hangs, and comes back. What is served doesn't change, the fault is reported, and no help is needed. */

const parts = await realParts();
const found = findLab(parts.socket);
const missing = parts.missing ?? ("reason" in found ? requirePart("lxd", found.reason) : undefined);
const lab = found as Lab;
const { socket, binary } = parts;

describe.skipIf(missing !== undefined)(titled("a daemon that fails, on real LXD and Traefik", missing), () => {
  let stage: Stage;
  let server: Rollcall;
  let traefik: Traefik;
  beforeAll(async () => {
    stage = await openStage({ socket, project: "rollcall-faults", binary });
    stage.declare("web", 3);
    await stage.launch(["web-0", "web-1", "web-2"]);
    // Sooner than the minute between two looks of a quiet daemon, so that a hang is found soon.
    server = await stage.serve({ resync: "2s" });
    await documentHas(server, 3);
    traefik = await stage.traefik(["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"]);
    await traefikHas(traefik, 3);
  });
  afterEach(async () => {
    await lab.kill("CONT").catch(() => {});
    await lab.up();
  });
  afterAll(() => stage?.close());

  /** The version, the three replicas through Traefik, and readiness, while the source is stale. */
  async function expectUnmoved(version: string) {
    const now = await server.document();
    expect(now).toMatchObject({ status: 200, version });
    expect(now.headers.get("rollcall-stale")).toBe("local");
    const visitor = createVisitor(traefik.web);
    const answers = await Promise.all(Array.from({ length: 12 }, () => visitor.visit()));
    await visitor.close();
    expect(new Set(answers)).toEqual(new Set(["web-0", "web-1", "web-2"]));
    const rows = (await server.status()).groups[0]?.replicas ?? [];
    expect(rows.map(({ state }) => state)).toEqual(["kept", "kept", "kept"]);
  }

  /** It sees the daemon again, and a change of it. */
  async function expectRecovered(version: string) {
    await until("the source is up", async () => (await readyz(server)).stale.length === 0, 20_000);
    expect((await server.document()).version).toBe(version);
    await stage.driver.stop("web-1");
    await documentHas(server, 2);
    await stage.driver.start("web-1");
    await documentHas(server, 3);
    await traefikHas(traefik, 3);
    expect((await server.document()).version).toBe(version);
  }

  test("a daemon that is killed and started again", async () => {
    const { version } = await server.document();
    const killed = performance.now();
    await lab.kill("KILL");
    const { status, stale } = await until("it is said", async () => {
      const ready = await readyz(server);
      return ready.stale.length === 2 && ready;
    });
    tell(`daemon killed: said after ${ms(performance.now() - killed)}`);
    expect(status).toBe(200);
    expect(stale.map(({ problem }) => problem)).toEqual([
      expect.stringMatching(/ECONNRESET|ECONNREFUSED|socket/),
      expect.stringContaining("the event stream"),
    ]);
    expect(server.log()).toMatch(/"problem":"[^"]+","msg":"look failed"/);
    await expectUnmoved(version);

    await lab.up();
    const up = performance.now();
    await until("it looks again", async () => (await readyz(server)).stale.length === 0, 20_000);
    tell(`daemon started again: seen after ${ms(performance.now() - up)}`);
    await expectRecovered(version);
  });

  test("a daemon that hangs is stale within 25 s, and continues", async () => {
    const { version } = await server.document();
    const stopped = performance.now();
    await lab.kill("STOP");
    const { status, stale } = await until(
      "it is said",
      async () => {
        const ready = await readyz(server);
        return ready.stale.some(({ problem }) => problem.includes("no whole answer within 10 s")) && ready;
      },
      25_000,
    );
    tell(`daemon hung: said after ${ms(performance.now() - stopped)}`);
    expect(status).toBe(200);
    expect(stale[0]?.problem).toMatch(/^GET \/1\.0[^:]*: no whole answer within 10 s$/);
    expect(server.log()).toMatch(/"problem":"[^"]*within 10 s","msg":"look failed"/);
    await expectUnmoved(version);
    await lab.kill("CONT");
    await expectRecovered(version);
  });

  test("a server that starts while the daemon is down answers 200 from the disk, and reports it", async () => {
    const { version } = await server.document();
    await server.stop();
    await lab.kill("KILL");
    const began = performance.now();
    server = await stage.serve();
    await until("200", async () => (await server.document()).status === 200, 5000, 5);
    tell(`server started beside a dead daemon: 200 after ${ms(performance.now() - began)}`);
    await expectUnmoved(version);
    await traefik.stop();
    traefik = await stage.traefik();
    await traefikHas(traefik, 3);
    await lab.up();
    await expectRecovered(version);
  });
});

interface Ready {
  status: number;
  stale: { source: string; problem: string }[];
}

async function readyz(server: Rollcall): Promise<Ready> {
  const answer = await fetch(`http://${server.admin}/readyz`);
  return { status: answer.status, ...((await answer.json()) as { stale: Ready["stale"] }) };
}
