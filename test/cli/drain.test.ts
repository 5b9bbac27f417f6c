import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { waitForDrain } from "../../cli/drain.ts";
import { loadConfig } from "../../server/config-file.ts";
import { pause, serving, useHouse } from "../support/server/house.ts";

const house = useHouse();

test("what is destroyed leaves the load balancer first: the wait ends once no poller has it any more", async () => {
  const { at, launch, start } = house();
  at.declare("web", 2);
  await launch("web-0", "web-1");
  const server = await start();
  await serving(server, 2);
  writeFileSync(join(at.path, "rollcall.yaml"), `admin: { listen: "${server.admin}" }\n`);
  const config = await loadConfig({ flag: undefined, environment: {}, from: at.path });
  const lines: string[] = [];
  let drained = false;
  const { signal } = new AbortController();
  const draining = waitForDrain({ config, names: ["web-1"], say: (line) => lines.push(line), signal }).then(() => {
    drained = true;
  });
  await pause(250);
  expect(drained).toBe(false);
  at.declare("web", 1);
  // This test fetches documents too, so it is a poller that has to have the newest one.
  await serving(server, 1);
  await draining;
  expect(lines).toEqual([]);
});
