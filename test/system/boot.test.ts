import { expect, test } from "vitest";
import { tell } from "../support/measure.ts";
import { pause, serving, useHouse } from "../support/server/house.ts";

const house = useHouse();
/** The next look that is not asked for comes after a minute. */
const resync = 60_000;

test("a daemon that answers 0.7 s late, and a replica that gets its address after 5 s, do not cost a minute of 423", async () => {
  const { lxd, at, launch, start } = house();
  at.declare("web", 1);
  lxd.faults.addressDelay = 5000;
  await launch("web-0");
  await lxd.goAway();
  const began = performance.now();
  const [server] = await Promise.all([start(), pause(700).then(() => lxd.comeBack())]);
  await serving(server, 1, "web", resync);
  const took = performance.now() - began;
  tell(`a daemon 0.7 s late, an address after 5 s: 200 after ${(took / 1000).toFixed(1)} s`);
  expect(took).toBeLessThan(0.7 * resync);
}, 90_000);
