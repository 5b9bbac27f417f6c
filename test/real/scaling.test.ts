import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { median, pause, spread, tell } from "../support/measure.ts";
import { createVisitor } from "../support/network/visitor.ts";
import { realParts, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage, traefikHas } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import type { Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/**
 * A serving group grows from two to three, ten times, before four Traefiks at once: held and plain, at Traefik's own defaults
 * (it polls every 5 s and applies a second change 2 s after the first) and at quick settings. One that was answered early
 * polls again at its next tick only: so the held one at the defaults now and then takes as long as a plain one.
 */

const { socket, binary, missing } = await realParts();
const quick = ["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"];
/** `target`: what the median is to be below, in milliseconds; a run fails at five times that. Plain ones are for comparison. */
const setups = [
  { name: "defaults, held", flags: [], query: "", target: 500 },
  { name: "defaults, hold: off", flags: [], query: "?hold=off", target: undefined },
  { name: "1s and 100ms, held", flags: quick, query: "", target: 150 },
  { name: "1s and 100ms, hold: off", flags: quick, query: "?hold=off", target: undefined },
];
const times = 10;

describe.skipIf(missing !== undefined)(titled("two replicas become three, on real LXD and Traefik", missing), () => {
  let stage: Stage;
  let traefiks: Traefik[];
  let server: Rollcall;
  beforeAll(async () => {
    stage = await openStage({ socket, project: "rollcall-scaling", binary });
    stage.declare("web", 2);
    await stage.launch(["web-0", "web-1"]);
    server = await stage.serve();
    await documentHas(server, 2);
    traefiks = await Promise.all(setups.map(({ flags, query }) => stage.traefik(flags, query)));
    await Promise.all(traefiks.map((traefik) => traefikHas(traefik, 2)));
  });
  afterAll(() => stage?.close());

  test("the new one answers through Traefik within the targets", { timeout: 240_000 }, async () => {
    const taken = setups.map((): number[] => []);
    const published: number[] = [];
    for (let i = 0; i < times; i++) {
      // Longer than any throttle since the last change, and each time at another moment between two plain polls.
      await pause(2200 + (5000 * i) / times);
      stage.declare("web", 3);
      await stage.launch(["web-2"]);
      await stage.driver.waitForAddress("web-2");
      const [shown, at] = [performance.now(), Date.now()];
      await Promise.all(
        traefiks.map(async ({ web }, n) => {
          // Who is quick is asked often; asking all of them so would keep this machine busy.
          const gap = setups[n]?.target === undefined ? 50 : 8;
          taken[n]?.push((await answers(web, "web-2", gap)) - shown);
        }),
      );
      published.push(Date.parse((await server.status()).published) - at);
      stage.declare("web", 2);
      await stage.driver.remove("web-2");
      await Promise.all(traefiks.map((traefik) => traefikHas(traefik, 2)));
    }
    tell(`address to published: ${spread(published)}`);
    for (const [n, { name }] of setups.entries()) tell(`address to first answer, ${name}: ${spread(taken[n] ?? [])}`);
    for (const [n, { name, target = Number.POSITIVE_INFINITY }] of setups.entries())
      expect(median(taken[n] ?? []), name).toBeLessThan(5 * target);
  });
});

/** When a replica first answers through that entry point. */
async function answers(web: string, replica: string, gap: number): Promise<number> {
  const visitor = createVisitor(web);
  try {
    return await until(
      `${replica} answers`,
      async () => (await visitor.visit()) === replica && performance.now(),
      20_000,
      gap,
    );
  } finally {
    await visitor.close();
  }
}
