import { createServer } from "node:http";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { freePort } from "../../lab/demo/free-port.ts";
import type { Status } from "../../server/http/status.ts";
import { serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";
import { groupFile, isColoured, usePlaces } from "./places.ts";

const { place, run } = usePlaces();

describe("a server that runs", () => {
  const house = useHouse();

  /** Two of three are there, and nobody has a group beyond. Gives a directory with the server's configuration. */
  async function running() {
    const { at, launch, start } = house();
    at.declare("web", 2);
    await launch("web-0", "web-1");
    const server = await start();
    await serving(server, 2);
    at.declare("web", 3);
    await house().driver.stop("web-1", { force: true });
    await serving(server, 1);
    await until("the file is read", async () => (await server.status()).groups[0]?.declared === 3);
    await server.document();
    return place({ "rollcall.yaml": `admin: { listen: ${server.admin} }\n` });
  }

  test("is shown with a row a replica, a row a source and a row a poller, without colours", async () => {
    const { code, stdout, stderr } = await run(await running(), ["status"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^200 ready, degraded: web 1\/3; version [0-9a-f]{12}, waiting for web-1,? ?web-2\n/);
    expect(stdout).toMatch(/^GROUP +REPLICA +STATE +ADDRESS +SINCE +REASON$/m);
    expect(stdout).toMatch(/^web +web-0 +member +127\.77\.\d+\.\d+ +\d+s +-$/m);
    expect(stdout).toMatch(/^web +web-1 +absent +- +\d+s +stopped: /m);
    expect(stdout).toMatch(/^web +web-2 +absent +- +\d+s +missing: /m);
    expect(stdout).toMatch(/^local +up +up +\d+s +-$/m);
    expect(stdout).toMatch(/^127\.0\.0\.1 +- +node +\d+s +no +[0-9a-f]{12}/m);
    expect(isColoured(stdout)).toBe(false);
  });

  test("is the same as JSON and as YAML, and -q prints the members", async () => {
    const at = await running();
    const [json, yaml, quiet] = await Promise.all([
      run(at, ["status", "-o", "json"]),
      run(at, ["status", "--output", "yaml"]),
      run(at, ["status", "-q"]),
    ]);
    const status = JSON.parse(json.stdout) as Status;
    expect(status.groups[0]?.replicas.map(({ replica, state }) => [replica, state])).toEqual([
      ["web-0", "member"],
      ["web-1", "absent"],
      ["web-2", "absent"],
    ]);
    expect((parse(yaml.stdout) as Status).groups).toEqual(status.groups);
    expect(quiet.stdout).toBe("web-0\n");
  });
});

test("a server that does not run is an error that names its address and the cure", async () => {
  const port = await freePort();
  const config = `admin: { listen: 127.0.0.1:${port} }\n`;
  const at = place({ "rollcall.yaml": config, "groups/web.yaml": groupFile("web", 1) });
  const { code, stdout, stderr } = await run(at, ["status"]);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(
    new RegExp(`^rollcall: no server answers at 127\\.0\\.0\\.1:${port} \\(.+\\): is rollcall serve`),
  );
});

test("another program at the address is reported as such", async () => {
  const other = createServer((_, response) => response.writeHead(404).end());
  const port = await freePort();
  await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
  const at = place({ "rollcall.yaml": `admin: { listen: 127.0.0.1:${port} }\n` });
  const { code, stderr } = await run(at, ["status"]);
  other.close();
  expect(code).toBe(1);
  expect(stderr).toBe(`rollcall: 127.0.0.1:${port} answers 404: is that rollcall's admin listener?\n`);
});
