import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { rollcall } from "../support/cli/cli.ts";
import { serving, useHouse } from "../support/server/house.ts";
import type { Rollcall } from "../support/server/rollcall.ts";

const house = useHouse();
let server: Rollcall;
const routes = (name: string, more = "") =>
  `http:\n  routers:\n    ${name}: { rule: Host(\`shop\`), service: web, middlewares: [auth] }\n  middlewares:\n    auth: { basicAuth: { users: ["ann:hunter2"], realm: shop${more} } }\n`;

beforeEach(async () => {
  const { at, launch, start } = house();
  at.declare("web", 1);
  mkdirSync(join(at.path, "routes"));
  mkdirSync(join(at.path, "other"));
  writeFileSync(join(at.path, "routes/shop.yaml"), routes("shop"));
  await launch("web-0");
  server = await start();
  await serving(server, 1);
});

/** Runs a verb with a configuration of other route files, or of those that are served. */
async function run(verb: string, directory = "./routes") {
  const sources = [{ name: "local", url: `unix://${house().lxd.socket}` }];
  const config = join(house().at.path, "rollcall.yaml");
  const listeners = { provider: { listen: server.provider }, admin: { listen: server.admin } };
  writeFileSync(config, stringify({ ...listeners, routes: directory, sources }));
  const child = rollcall([verb, "--config", config]);
  return { code: await child.ended, stdout: child.stdout(), stderr: child.stderr() };
}

describe("rollcall diff", () => {
  test("finds nothing where the files are those that are served", async () => {
    expect(await run("diff")).toEqual({ code: 0, stdout: "the files say what is served\n", stderr: "" });
  });

  test("names what would come, go and change, and no value", async () => {
    writeFileSync(join(house().at.path, "other/shop.yaml"), routes("store", ", removeHeader: true"));
    expect(await run("diff", "./other")).toEqual({
      code: 0,
      stdout: "~ middleware auth\n- router shop\n+ router store\n",
      stderr: "",
    });
  });
});

test("rollcall render prints what Traefik is told", async () => {
  const { code, stdout } = await run("render");
  expect([code, JSON.parse(stdout)]).toEqual([0, JSON.parse((await server.document()).body)]);
});
