import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { runHere } from "../support/cli/run-here.ts";
import { useHouse } from "../support/server/house.ts";
import { groupFile } from "./places.ts";

const house = useHouse();
const good = "name: web\nreplicas: 2\nservice: { port: 3000, ready: port }\n";
const check = (...words: string[]) => runHere(house().at.path, ["check", "--rollout", ...words, "-c", "rollcall.yaml"]);

/** The files, and what says where the server would be. */
function declare(files: Readonly<Record<string, string>>, admin = "127.0.0.1:1") {
  const { at, lxd } = house();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at.path, "groups", name), text);
  const sources = [{ name: "local", url: `unix://${lxd.socket}` }];
  writeFileSync(join(at.path, "rollcall.yaml"), stringify({ admin: { listen: admin }, sources }));
}

test("each gap of each group is said with its cure, and that no server could be asked", async () => {
  declare({
    "api.yaml": groupFile("api", 1),
    "web.yaml": good,
    "db.yaml": groupFile("db", 1, "selector: { prefix: db }\n"),
  });
  const { code, stdout } = await check();
  expect([code, stdout]).toEqual([
    1,
    expect.stringMatching(
      /^api: a replica joins with its address.+\napi: its only replica is.+: write rollout.maxSurge: 1\ndb: has a selector.+\nserver: whether a Traefik polls is not known: no server answers at .+\nFAILED: 3 things may make a rollout noticed\n$/,
    ),
  ]);
});

test("the groups that are named are looked at, and an unknown one is an error", async () => {
  declare({ "api.yaml": groupFile("api", 1), "web.yaml": good });
  expect((await check("web")).stdout).toMatch(/^server: .+\nFAILED: 1 thing/);
  expect(await check("wep")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('declares no group wep, did you mean "web"?'),
  });
  expect(await runHere(house().at.path, ["check", "groups", "--rollout"])).toMatchObject({
    code: 64,
    stderr: expect.stringContaining("check either a path, --rule, --document or --rollout"),
  });
});

test("a server that nothing polls is a gap, and one that a Traefik polls is none", async () => {
  declare({ "web.yaml": groupFile("web", 0) });
  const server = await house().start();
  declare({}, server.admin);
  const unpolled = await check("web");
  expect(unpolled).toMatchObject({ code: 1, stdout: expect.stringMatching(/^server: no Traefik polls, /) });
  await fetch(`http://${server.provider}/traefik`, { headers: { "user-agent": "Go-http-client/1.1" } });
  expect(await check("web")).toEqual({
    code: 0,
    stdout: "OK: gapless, while requests take less than --grace (10 s) and nobody says --no-drain\n",
    stderr: "",
  });
});
