import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createEmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { createDriver } from "../../embedded-daemon/driver.ts";
import { tags } from "../../shared/tags.ts";
import { serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";

const house = useHouse();

/** A second daemon, and servers over both; of web-0, web-1, web-2 the sources a, b and a. */
async function twoSources() {
  const { lxd, at, driver, start } = house();
  const far = await createEmbeddedDaemon();
  const farDriver = createDriver(far.socket);
  const [a, b] = [lxd, far].map(({ socket }, index) => ({ name: "ab"[index] ?? "", url: `unix://${socket}` }));
  const declare = (placement: string) =>
    writeFileSync(join(at.path, "groups/web.yaml"), `name: web\nservice: { port: 3000 }\n${placement}\n`);
  declare("replicas: 3\nspread: [a, b]");
  const config = { [tags.group]: "web" };
  for (const name of ["web-0", "web-2"]) await driver.launch(name, { config });
  await farDriver.launch("web-1", { config });
  return {
    far,
    farDriver,
    declare,
    a,
    startBoth: () => start({ sources: [a, b] }),
    async [Symbol.asyncDispose]() {
      await farDriver.close();
      await far.close();
    },
  };
}

describe.concurrent("a group on two sources", () => {
  test("keeps the members of a source that is down, and follows the other", async () => {
    await using both = await twoSources();
    const server = await both.startBoth();
    await serving(server, 3);
    await both.far.goAway();
    await house().driver.stop("web-2");
    await serving(server, 2);
    const [web] = (await server.status()).groups;
    expect(web?.replicas.map(({ replica, source, state }) => `${replica} ${source} ${state}`)).toEqual([
      "web-0 a member",
      expect.stringMatching(/^web-1 b (kept|member)$/),
      "web-2 a absent",
    ]);
  });

  test("is locked while it never was in effect and one source is dead, and says which replica it waits for", async () => {
    await using both = await twoSources();
    await both.far.goAway();
    const server = await both.startBoth();
    const answer = await until("the first look", async () => {
      const { status, body } = await server.document();
      return (
        body.includes("web-1") &&
        !body.includes("web-0") && { status, ...(JSON.parse(body) as { waiting?: { replica: string }[] }) }
      );
    });
    expect([answer.status, answer.waiting?.map(({ replica }) => replica)]).toEqual([423, ["web-1"]]);
    await both.far.comeBack();
    await serving(server, 3);
  });

  test("is served as the disk remembers where a server starts and one source is dead: the other's part is followed", async () => {
    await using both = await twoSources();
    const first = await both.startBoth();
    await serving(first, 3);
    await first.stop();
    await both.far.goAway();
    await house().driver.stop("web-0");
    const server = await both.startBoth();
    await serving(server, 2);
    expect((await server.document()).headers.get("rollcall-stale")).toBe("b");
  });

  test("that loses a source of rollcall.yaml serves what was there until the files' replicas are present, and says so", async () => {
    await using both = await twoSources();
    const { driver, start } = house();
    const first = await both.startBoth();
    await serving(first, 3);
    await first.stop();
    both.declare("replicas: 3\nsource: a");
    const server = await start({ sources: [both.a] });
    await serving(server, 3);
    const { stale } = await server.status();
    expect(stale).toEqual([
      { source: "b", project: "default", problem: expect.stringContaining("source b is no longer in rollcall.yaml") },
    ]);
    expect(server.log()).toContain("source b is no longer in rollcall.yaml");
    const before = await server.servers("web");
    await driver.launch("web-1", { config: { [tags.group]: "web" } });
    const after = await until("the roll call is complete", async () => {
      const servers = await server.servers("web");
      return servers?.join() !== before?.join() && servers;
    });
    expect(after).toHaveLength(3);
    expect((await server.status()).stale).toEqual([]);
  });
});
