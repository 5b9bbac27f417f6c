import { writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { startHere } from "../support/cli/run-here.ts";
import { serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";
import { stubTerraform } from "./terraform-stub.ts";

const house = useHouse();

test("deploy ends when the Traefik that polls was given what it came to, not when the roll call is complete", async () => {
  const { at, launch, lxd, start } = house();
  at.declare("web", 2, "instance: { image: web }\n");
  await launch("web-0", "web-1");
  const server = await start();
  await serving(server, 2);
  // A connection of its own: a poller is a connection.
  const poll = () =>
    new Promise((done, fail) => {
      get(`${server.endpoint}?hold=off&name=edge1`, { agent: false }, (answer) =>
        answer.resume().once("end", done),
      ).once("error", fail);
    });
  await poll();
  at.declare("web", 1, "instance: { image: web }\n");
  await serving(server, 1);
  const sources = [{ name: "local", url: `unix://${lxd.socket}` }];
  writeFileSync(join(at.path, "rollcall.yaml"), stringify({ admin: { listen: server.admin }, sources }));
  const words = ["deploy", "--yes", "--config", join(at.path, "rollcall.yaml")];
  const deploying = startHere(words, stubTerraform(at.path).environment);
  await until("it waits for the poll", () => deploying.stderr().includes("web 1/1; not fetched yet by edge1\n"));
  await poll();
  expect(await deploying.ended).toBe(0);
});
