import { expect, test } from "vitest";
import { createDriver } from "../../embedded-daemon/driver.ts";
import { configSchema } from "../../server/config.ts";
import { tags } from "../../shared/tags.ts";
import { serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";

const house = useHouse();

test("a group is in a project that is made while the server runs, and its instances are gone when that is deleted", async () => {
  const { lxd, at, driver, start } = house();
  at.declare("web", 1, "project: shop\n");
  const labels = { allow: { shop: { hosts: ["*"] } } };
  const server = await start({ sources: [{ name: "local", url: `unix://${lxd.socket}`, projects: "all", labels }] });
  const waiting = await until("the first look", async () => {
    const { status, body } = await server.document();
    return body.includes("no instance of that name") && { status, body };
  });
  expect([waiting.status, waiting.body]).toEqual([423, expect.stringContaining("project shop of source local")]);
  for (const name of ["shop", "till"]) await driver.createProject(name);
  const [shop, till] = ["shop", "till"].map((project) => createDriver(lxd.socket, { project }));
  if (!shop || !till) throw new Error("two projects");
  await shop.launch("web-0", { config: { [tags.group]: "web" } });
  await serving(server, 1);
  const declares = (name: string) => ({
    "user.traefik.enable": "true",
    [`user.traefik.http.services.${name}.loadbalancer.server.port`]: "3000",
  });
  await till.launch("cash-0", { config: declares("cash") });
  await shop.launch("blog-0", { config: declares("blog") });
  await serving(server, 1, "shop.blog");
  const { labelled, stale } = await server.status();
  expect([labelled.map(({ instance }) => instance), stale]).toEqual([["blog-0"], []]);
  for (const [one, name] of [
    [till, "cash-0"],
    [shop, "blog-0"],
    [shop, "web-0"],
  ] as const)
    await one.remove(name);
  for (const name of ["shop", "till"]) await driver.removeProject(name);
  await until("nothing of them is served", async () => {
    const { groups, labelled } = await server.status();
    const [web] = groups[0]?.replicas ?? [];
    return labelled.length === 0 && web?.state === "absent" && web.reason === "missing";
  });
  await Promise.all([shop.close(), till.close()]);
});

test("`projects` is a list, or all", () => {
  const read = (projects: unknown) => configSchema.safeParse({ sources: [{ name: "local", projects }] });
  expect(read("all").success).toBe(true);
  expect(read(["all"]).data?.sources[0]?.projects).toEqual(["all"]);
  expect(read([]).success).toBe(false);
  for (const wrong of ["shop", "*"])
    expect(read(wrong).error?.issues[0]?.message).toMatch(/is a list of projects, such/);
});
