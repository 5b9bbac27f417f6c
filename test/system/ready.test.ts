import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";

const house = useHouse();

function declare(replicas: number, ready: string) {
  const { at } = house();
  writeFileSync(
    join(at.path, "groups/web.yaml"),
    `name: web\nreplicas: ${replicas}\nservice: { port: 3000, ready: ${ready} }\n`,
  );
}

test.concurrent("a replica joins when its health answers 200, and has to again after a restart, while a member that is sick stays", async () => {
  const { launch, driver, start, lxd } = house();
  declare(2, "{ http: /health, interval: 100ms }");
  await launch("web-0", "web-1");
  lxd.guest("web-1").setHealthy(false);
  const server = await start();
  const row = async () => (await server.status()).groups[0]?.replicas[1];
  await until("it is asked", async () => (await row())?.detail === "GET /health on port 3000 answered 503");
  expect(await row()).toMatchObject({
    state: "starting",
    reason: "not-ready",
    address: expect.stringContaining("127.77"),
  });
  const { waiting } = JSON.parse((await server.document()).body) as { waiting: object[] };
  expect(waiting).toMatchObject([{ replica: "web-1", reason: "not-ready" }]);
  lxd.guest("web-1").setHealthy(true);
  await serving(server, 2);
  lxd.guest("web-0").setHealthy(false);
  await driver.stop("web-1");
  const [only] = await serving(server, 1);
  expect(await (await fetch(`${only}/health`)).text()).toBe("sick\n");
  await driver.setConfig("web-1", { "environment.HEALTH_AFTER": "3600" });
  await driver.start("web-1");
  await until("it is asked again", async () => (await row())?.detail?.endsWith("answered 503"));
  expect(await server.servers("web")).toEqual([only]);
});

test.concurrent("members whose health fails leave under `fall`, but half of the group stays", async () => {
  const { launch, start, lxd } = house();
  declare(4, "{ http: /health, interval: 50ms, fall: 2 }");
  const names = ["web-0", "web-1", "web-2", "web-3"];
  await launch(...names);
  const server = await start();
  await serving(server, 4);
  for (const name of names) lxd.guest(name).setHealthy(false);
  await serving(server, 2);
  for (const name of names) lxd.guest(name).setHealthy(true);
  await serving(server, 4);
});
