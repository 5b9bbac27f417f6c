import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../server/config.ts";
import { serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";

const house = useHouse();

const labels = (name: string) => ({
  "user.traefik.enable": "true",
  [`user.traefik.http.routers.${name}.rule`]: `Host(\`${name}.apps.test\`)`,
  [`user.traefik.http.services.${name}.loadbalancer.server.port`]: "3000",
  [`user.traefik.http.middlewares.${name}.basicauth.users`]: "ann:$apr1$secret",
  [`user.traefik.http.routers.${name}.middlewares`]: name,
});
const labelled = () => ({
  sources: [
    { name: "local", url: `unix://${house().lxd.socket}`, labels: { allow: { default: { hosts: ["*.apps.test"] } } } },
  ],
});

describe.concurrent("a server of instances that declare themselves", () => {
  test("needs no group, and follows them", async () => {
    const { driver, start } = house();
    const server = await start(labelled());
    await until("open", async () => (await server.document()).status === 200);
    expect((await server.status()).groupsDirectory.problem).toBeNull();
    await driver.launch("blog-0", { config: labels("blog") });
    await serving(server, 1, "blog");
    await driver.launch("blog-1", { config: labels("blog") });
    await serving(server, 2, "blog");
    await driver.setConfig("blog-0", { "user.traefik.enable": "false" });
    await serving(server, 1, "blog");
    await driver.remove("blog-1");
    await until("gone", async () => (await server.servers("blog")) === undefined);
    expect((await server.document()).status).toBe(200);
  });

  test("has them again after a restart while the daemon is away, and no secret in log or status", async () => {
    const { driver, start, lxd } = house();
    const first = await start(labelled());
    await driver.launch("blog-0", { config: labels("blog") });
    await serving(first, 1, "blog");
    const { body } = await first.document();
    expect(body).toContain("$apr1$secret");
    await first.stop();
    await driver.close();
    await lxd.close();
    const second = await start(labelled());
    await until("open", async () => (await second.document()).status === 200);
    expect((await second.document()).body).toBe(body);
    const status = await second.status();
    expect(status.labelled).toMatchObject([{ instance: "blog-0", state: "kept", reason: "not-read" }]);
    expect(first.log() + second.log() + JSON.stringify(status)).not.toContain("$apr1$secret");
  });

  test("names a bad label in log, status and metric, and again when it is another one", async () => {
    const { driver, start } = house();
    const server = await start(labelled());
    await driver.launch("blog-0", { config: { ...labels("blog"), "user.traefik.enable": "yes" } });
    const problems = () => server.status().then(({ labelled }) => labelled[0]?.problems ?? []);
    await until("said", async () => (await problems()).length === 1);
    expect(await problems()).toEqual(["user.traefik.enable: is true or false"]);
    expect(server.log()).toContain("instance blog-0 of local/default: user.traefik.enable: is true or false");
    await until("it has an address", async () => (await server.status()).labelled[0]?.state === "left-out");
    const metrics = await (await fetch(`http://${server.admin}/metrics`)).text();
    expect(metrics).toContain('rollcall_labelled_instances{source="local",project="default",state="left-out"} 1');
    expect(metrics).toContain('rollcall_labelled_instances_with_problems{source="local",project="default"} 1');
    await driver.setConfig("blog-0", { "user.traefik.enable": "true" });
    await serving(server, 1, "blog");
    expect(await problems()).toEqual([]);
  });
});

describe("the settings of labels", () => {
  const read = (labels: object) => configSchema.safeParse({ sources: [{ name: "local", labels }] });
  const allow = { default: { hosts: ["*"] } };

  test.each<[object, RegExp]>([
    [{}, /allow/],
    [{ allow: { shop: { hosts: ["*"] } } }, /shop.*is not one of the source's projects: default/s],
    [{ allow: { default: {} } }, /hosts/],
    [{ allow: { default: { hosts: ["Shop.example"] } } }, /a host is a name in lower case/],
    [{ allow, constraints: "Label(`a`" }, /column 6: the \( is never closed/],
    [{ allow, constraints: "Host(`a`)" }, /Host/],
    [{ allow, defaultRule: "Host({{ .Name }})" }, /only allowed inside `back quotes`/],
    [{ allow, defaultRule: "Host(`{{ .Nmae }}`)" }, /\.Nmae is not known here; there is \.Name/],
    [{ allow, defaultRule: "Host(`{{ .Name`)" }, /a \{\{ is never closed/],
    [{ allow, defaultRule: "Hots(`{{ .Name }}`)" }, /for an instance web-0 it is Hots/],
  ])("refuses %j", (labels, message) => {
    const { error } = read(labels);
    expect(JSON.stringify(error?.issues.map(({ path, message }) => [path, message]))).toMatch(message);
  });

  test("are taken as the guide has them", () => {
    const guide = readFileSync(join(import.meta.dirname, "../../docs/guides/labels.md"), "utf8");
    const [, block = ""] = /```yaml\n# rollcall\.yaml\n(.*?)```/s.exec(guide) ?? [];
    expect(configSchema.safeParse(parse(block)).error).toBeUndefined();
  });
});
