import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { runHere } from "../support/cli/run-here.ts";
import { serving, useHouse } from "../support/server/house.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

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
  return await runHere(house().at.path, [verb, "--config", config]);
}

describe("rollcall diff", () => {
  test("finds nothing where the files are those that are served", async () => {
    expect(await run("diff")).toEqual({ code: 0, stdout: "no changes: the files match what is served\n", stderr: "" });
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

describe("rollcall diff, where Traefik is given something else than the files say", () => {
  const nothing = { code: 0, stdout: "no changes: the files match what is served\n", stderr: "" };

  test("finds nothing for a failover whose group is empty", async () => {
    const { at } = house();
    const spare = "name: spare\nreplicas: 0\nservice: { port: 3000, loadBalancer: { healthCheck: { path: / } } }\n";
    writeFileSync(join(at.path, "groups/spare.yaml"), spare);
    const failover = "http:\n  services:\n    safe: { failover: { service: spare, fallback: web } }\n";
    writeFileSync(join(at.path, "routes/safe.yaml"), failover);
    const given = '"safe":{"weighted":{"services":[{"name":"web","weight":1}]}}';
    await until("the failover is its fallback", async () => (await server.document()).body.includes(given));
    expect(await run("diff")).toEqual(nothing);
  });

  test("finds nothing for a UDP router that was removed and goes on without servers", async () => {
    const { at } = house();
    const dns =
      "udp:\n  routers:\n    dns: { entryPoints: [dns], service: dns }\n  services:\n    dns: { loadBalancer: { servers: [{ address: '10.0.0.1:53' }] } }\n";
    writeFileSync(join(at.path, "routes/dns.yaml"), dns);
    await until("the router is served", async () => (await server.document()).body.includes("10.0.0.1:53"));
    mkdirSync(join(at.path, "before"));
    writeFileSync(join(at.path, "before/shop.yaml"), routes("shop"));
    expect((await run("diff", "./before")).stdout).toBe("- udp router dns\n- udp service dns\n");
    rmSync(join(at.path, "routes/dns.yaml"));
    await until("the router has ended", async () => (await server.document()).body.includes("dns-ended"));
    expect(await run("diff")).toEqual(nothing);
  });
});

test("rollcall render prints what Traefik gets", async () => {
  const { code, stdout } = await run("render");
  expect([code, JSON.parse(stdout)]).toEqual([0, JSON.parse((await server.document()).body)]);
});
