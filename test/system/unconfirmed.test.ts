import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";

const house = useHouse();
const names = ["web-0", "web-1", "web-2", "web-3"];

async function four(settings?: object) {
  const { at, launch, start } = house();
  at.declare("web", 4);
  await launch(...names);
  const server = await start({ ...settings });
  await serving(server, 4);
  const rows = async () => (await server.status()).groups[0]?.replicas.map(({ state, reason }) => `${state} ${reason}`);
  return { server, rows };
}

test.concurrent("members that a listing lacks stay while their ports answer, though listings agree, until the loss is accepted", async () => {
  const { lxd, driver } = house();
  const { server, rows } = await four();
  lxd.faults.everyListing = "empty";
  await driver.setConfig("web-0", { "user.note": "look" });
  await until("they are asked", async () => (await rows())?.every((one) => one === "kept unconfirmed"));
  // Listings agree after a second, and a port is silent after two questions a second apart.
  await new Promise((resolve) => setTimeout(resolve, 3500));
  expect(await rows()).toEqual(Array(4).fill("kept unconfirmed"));
  expect(await server.servers("web")).toHaveLength(4);
  const token = readFileSync(join(house().at.path, "state/admin-token"), "utf8").trim();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const accepted = await fetch(`http://${server.admin}/api/accept/local`, { method: "POST", headers, body: "{}" });
  expect(accepted.status).toBe(200);
  await until("they are gone", async () => (await rows())?.every((one) => one === "absent missing"));
});

test.concurrent("members that were deleted while no event was heard leave when their ports are silent", async () => {
  const { lxd, driver } = house();
  const { server } = await four();
  lxd.faults.loseEvents = true;
  await Promise.all(["web-1", "web-2", "web-3"].map((name) => driver.remove(name)));
  lxd.faults.loseEvents = false;
  await driver.setConfig("web-0", { "user.note": "look" });
  const [only] = await serving(server, 1);
  expect(await (await fetch(only as string)).text()).toContain("web-0");
});

test.concurrent("a member of an offline cluster member stays while its port answers, and leaves when that is silent too", async () => {
  const { lxd, driver } = house();
  const { server, rows } = await four();
  lxd.faults.errorStubs.add("web-1").add("web-2");
  await lxd.guest("web-2").crash();
  await driver.setConfig("web-0", { "user.note": "look" });
  await serving(server, 3);
  expect((await rows())?.slice(1, 3)).toEqual(["kept unconfirmed", "absent unconfirmed"]);
  lxd.faults.errorStubs.clear();
  await driver.start("web-2");
  await serving(server, 4);
});
