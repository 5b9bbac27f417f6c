import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { runHere } from "../support/cli/run-here.ts";
import { serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";
import { useEach } from "../support/use-each.ts";

const house = useHouse();
const routes = (name: string, more = "") =>
  `http:\n  routers:\n    ${name}: { rule: Host(\`shop\`), service: web, middlewares: [auth] }\n  middlewares:\n    auth: { basicAuth: { users: ["ann:hunter2"], realm: shop${more} } }\n`;

const server = useEach(async () => {
  const { at, launch, start } = house();
  at.declare("web", 1);
  mkdirSync(join(at.path, "routes"));
  mkdirSync(join(at.path, "other"));
  writeFileSync(join(at.path, "routes/shop.yaml"), routes("shop"));
  await launch("web-0");
  const own = await start();
  await serving(own, 1);
  return own;
});

/** Runs a verb with a configuration of other route files, or of those that are served. */
async function run(verb: string, directory = "./routes", ...flags: string[]) {
  const sources = [{ name: "local", url: `unix://${house().lxd.socket}` }];
  const config = join(house().at.path, "rollcall.yaml");
  const listeners = { provider: { listen: server().provider }, admin: { listen: server().admin } };
  writeFileSync(config, stringify({ ...listeners, routes: directory, sources }));
  return await runHere(undefined, [verb, ...flags, "--config", config]);
}

describe.concurrent("rollcall diff", () => {
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

describe.concurrent("rollcall diff --exit-code", () => {
  test("ends with 0 where nothing differs, with 2 where something does", async () => {
    expect((await run("diff", "./routes", "--exit-code")).code).toBe(0);
    writeFileSync(join(house().at.path, "other/shop.yaml"), routes("store"));
    expect((await run("diff", "./other", "--exit-code")).code).toBe(2);
    expect((await run("diff", "./other")).code).toBe(0);
  });

  test("shows a change of replicas that is pending, and what it waits for", async () => {
    house().at.declare("web", 2);
    await until("it is pending", async () => (await server().status()).waiting.length === 1);
    expect(await run("diff", "./routes", "--exit-code")).toEqual({
      code: 2,
      stdout: "~ group web: 1 -> 2 replicas, pending: web-1 missing\n",
      stderr: "",
    });
  });

  test("names files and objects that are bad, which it cannot compare, and ends with 1", async () => {
    writeFileSync(join(house().at.path, "other/bad.yaml"), "http: 1\n");
    writeFileSync(join(house().at.path, "other/shop.yaml"), routes("shop").replace("service: web", "service: wbe"));
    const { code, stderr } = await run("diff", "./other", "--exit-code");
    expect([code, stderr.split("\n")]).toEqual([
      1,
      [
        expect.stringMatching(/^not compared: .+other\/bad\.yaml:1:1: error: http: is not a map$/),
        expect.stringMatching(
          /^not compared: .+shop\.yaml:3:5: router shop is left out: service: there is no service wbe$/,
        ),
        "",
      ],
    ]);
  });
});

describe.concurrent("rollcall diff, where Traefik is given something else than the files say", () => {
  const nothing = { code: 0, stdout: "no changes: the files match what is served\n", stderr: "" };

  test("finds nothing for a failover whose group is empty", async () => {
    const { at } = house();
    const spare = "name: spare\nreplicas: 0\nservice: { port: 3000, loadBalancer: { healthCheck: { path: / } } }\n";
    writeFileSync(join(at.path, "groups/spare.yaml"), spare);
    const failover = "http:\n  services:\n    safe: { failover: { service: spare, fallback: web } }\n";
    writeFileSync(join(at.path, "routes/safe.yaml"), failover);
    const given = '"safe":{"weighted":{"services":[{"name":"web","weight":1}]}}';
    await until("the failover is its fallback", async () => (await server().document()).body.includes(given));
    expect(await run("diff")).toEqual(nothing);
  });

  test("finds nothing for a UDP router that was removed and goes on without servers", async () => {
    const { at } = house();
    const dns =
      "udp:\n  routers:\n    dns: { entryPoints: [dns], service: dns }\n  services:\n    dns: { loadBalancer: { servers: [{ address: '10.0.0.1:53' }] } }\n";
    writeFileSync(join(at.path, "routes/dns.yaml"), dns);
    await until("the router is served", async () => (await server().document()).body.includes("10.0.0.1:53"));
    mkdirSync(join(at.path, "before"));
    writeFileSync(join(at.path, "before/shop.yaml"), routes("shop"));
    expect((await run("diff", "./before")).stdout).toBe("- udp router dns\n- udp service dns\n");
    rmSync(join(at.path, "routes/dns.yaml"));
    await until("the router has ended", async () => (await server().document()).body.includes("dns-ended"));
    expect(await run("diff")).toEqual(nothing);
  });
});

test("rollcall render prints what Traefik gets", async () => {
  const { code, stdout } = await run("render");
  expect([code, JSON.parse(stdout)]).toEqual([0, JSON.parse((await server().document()).body)]);
});
