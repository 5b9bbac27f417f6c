import { expect, test } from "vitest";
import { serving, useHouse } from "../support/house.ts";
import { until } from "../support/until.ts";

const house = useHouse();

// A file of its own: it waits for as long as a silent stream is believed, 25 s.
test("a stream that is silent for 25 s, without even a ping, is dead", { timeout: 60_000 }, async () => {
  const { at, lxd, driver, launch, start } = house();
  at.declare("web", 2);
  await launch("web-0", "web-1");
  const server = await start();
  await serving(server, 2);
  lxd.faults.silentStreams = true;
  lxd.faults.dropStreams();
  const source = async () => (await server.status()).sources[0];
  await until("the silent stream is open", async () => lxd.counts.streams === 2 && (await source())?.events === "up");
  const opened = performance.now();
  await driver.stop("web-1");
  const problem = await until("it is given up", async () => (await source())?.eventsProblem ?? undefined, 30_000);
  lxd.faults.silentStreams = false;
  expect(problem).toBe("the event stream was silent for 25 s");
  expect(performance.now() - opened).toBeGreaterThan(24_000);
  // What happened meanwhile is seen by looking again, and what happens next is heard.
  await serving(server, 1);
  await until("events are heard again", async () => (await source())?.events === "up");
  await driver.start("web-1");
  await serving(server, 2);
});
