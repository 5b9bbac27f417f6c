import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { ReplicaRow } from "../../server/http/status.ts";
import { weightKey } from "../../shared/tags.ts";
import { serving, useHouse } from "../support/server/house.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

const house = useHouse();
type Document = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

function write(name: string, replicas: number, service: object, router?: object): void {
  const file = join(house().at.path, "groups", `${name}.yaml`);
  writeFileSync(file, stringify({ name, replicas, service: { port: 3000, ...service }, ...(router && { router }) }));
}
const document = async (server: Rollcall) => JSON.parse((await server.document()).body) as Document;
const row = async (server: Rollcall, name: string) =>
  (await server.status()).groups.flatMap(({ replicas }) => replicas).find(({ replica }) => replica === name);

describe.concurrent("a TCP group and a UDP group", () => {
  test("are locked and opened like any other, and follow the live state", async () => {
    const { launch, start, driver } = house();
    write("db", 2, { protocol: "tcp", tls: true }, { rule: "HostSNI(`*`)", entryPoints: ["db"] });
    write("dns", 1, { protocol: "udp" }, { entryPoints: ["dns"] });
    await launch("db-0", "dns-0");
    const server = await start();
    await until("it waits for db-1", async () => (await server.document()).body.includes('"replica":"db-1"'));
    expect((await server.document()).status).toBe(423);
    await launch("db-1");
    const [one, two] = await serving(server, 2, "db");
    const [dns] = await serving(server, 1, "dns");
    expect(await document(server)).toEqual({
      tcp: {
        routers: { db: { entryPoints: ["db"], rule: "HostSNI(`*`)", service: "db" } },
        services: {
          db: {
            loadBalancer: {
              servers: [
                { address: one, tls: true },
                { address: two, tls: true },
              ],
            },
          },
        },
      },
      udp: {
        routers: { dns: { entryPoints: ["dns"], service: "dns" } },
        services: { dns: { loadBalancer: { servers: [{ address: dns }] } } },
      },
    });
    expect(one).toMatch(/^127\.77\.\d+\.\d+:3000$/);
    const { groups, routes } = await server.status();
    expect(groups.map(({ inEffect }) => [inEffect?.protocol, inEffect?.scheme, inEffect?.tls])).toEqual([
      ["tcp", undefined, true],
      ["udp", undefined, undefined],
    ]);
    expect(routes.routers).toMatchObject([
      { router: "db", section: "tcp", rule: "HostSNI(`*`)", servers: 2, leadsTo: ["db"] },
      { router: "dns", section: "udp", rule: null, servers: 1, leadsTo: ["dns"] },
    ]);
    await driver.stop("dns-0", { force: true });
    expect(await serving(server, 0, "dns")).toEqual([]);
    await driver.stop("db-1", { force: true });
    expect(await serving(server, 1, "db")).toEqual([one]);
  });

  test("may name a transport from a route file, and is not served while that is missing", async () => {
    const { at, launch, start } = house();
    write("web", 1, {});
    write("db", 1, { protocol: "tcp", loadBalancer: { serversTransport: "mutual" } });
    await launch("web-0", "db-0");
    const server = await start();
    await serving(server, 1);
    expect((await server.status()).routes.remarks).toMatchObject([
      {
        kind: "tcp.services",
        name: "db",
        state: "left-out",
        reason: expect.stringContaining("no tcp serversTransport mutual"),
      },
    ]);
    mkdirSync(join(at.path, "routes"));
    writeFileSync(
      join(at.path, "routes/transports.yaml"),
      "tcp: { serversTransports: { mutual: { dialTimeout: 1s } } }\n",
    );
    await serving(server, 1, "db");
    expect((await server.status()).routes.remarks).toEqual([]);
  });
});

describe.concurrent("a UDP group that is removed", () => {
  async function bothServed(): Promise<Rollcall> {
    const { launch, start } = house();
    write("web", 1, {});
    write("dns", 1, { protocol: "udp" }, { entryPoints: ["dns"] });
    await launch("web-0", "dns-0");
    const server = await start();
    await serving(server, 1, "dns");
    return server;
  }
  const remove = () => rmSync(join(house().at.path, "groups/dns.yaml"));
  const ended = {
    routers: { dns: { entryPoints: ["dns"], service: "dns-ended" } },
    services: { "dns-ended": { loadBalancer: { servers: [] } } },
  };

  test("leaves a router without servers behind, for Traefik would go on forwarding", async () => {
    const server = await bothServed();
    remove();
    await serving(server, 0, "dns-ended");
    expect((await document(server)).udp).toEqual(ended);
  });

  test("does so too when the server did not run meanwhile", async () => {
    const before = await bothServed();
    await before.stop();
    remove();
    const server = await house().start();
    await serving(server, 0, "dns-ended");
    expect((await document(server)).udp).toEqual(ended);
  });
});

describe.concurrent("a group that is to speak another protocol", () => {
  test("is served as before, over a restart too, until its roll call is complete", async () => {
    const { driver, launch, start } = house();
    write("web", 2, { loadBalancer: { healthCheck: { path: "/health" } } }, { rule: "Host(`web.localhost`)" });
    await launch("web-0", "web-1");
    const first = await start();
    await serving(first, 2);
    await driver.stop("web-1", { force: true });
    await serving(first, 1);
    const before = await first.document();
    write("web", 2, { protocol: "tcp" }, { rule: "HostSNI(`*`)", entryPoints: ["db"] });
    await until("it is pending", async () => (await first.status()).groups[0]?.pending?.protocol === "tcp");
    expect((await first.document()).body).toBe(before.body);
    await first.stop();
    const second = await start();
    await serving(second, 1);
    expect((await second.document()).version).toBe(before.version);
    await driver.start("web-1");
    await until("it speaks TCP", async () => (await document(second)).tcp?.routers?.web);
    expect(Object.keys(await document(second))).toEqual(["tcp"]);
    expect(await serving(second, 2)).toEqual([
      expect.stringMatching(/^127\.77\.\d+\.\d+:3000$/),
      expect.stringMatching(/^127\.77\.\d+\.\d+:3000$/),
    ]);
  });
});

describe.concurrent("the weight of a replica", () => {
  type Weighed = Pick<ReplicaRow, "weight" | "weightFrom">;
  const has = (server: Rollcall, name: string, wanted: Weighed) =>
    until(`${name} has ${wanted.weight}`, async () => {
      const { weight, weightFrom } = (await row(server, name)) ?? {};
      return weight === wanted.weight && weightFrom === wanted.weightFrom;
    });
  const served = async (server: Rollcall) => {
    type Balanced = { readonly loadBalancer: { readonly servers: readonly { readonly weight?: number }[] } };
    const web = (await document(server)).http?.services?.web as Balanced | undefined;
    return web?.loadBalancer.servers.map(({ weight }) => weight ?? null) ?? [];
  };

  test("is the file's, and the instance's own key is followed before it", async () => {
    const { driver, launch, start } = house();
    write("web", 2, { weights: { "web-0": 3 } });
    await launch("web-0", "web-1");
    const server = await start();
    await serving(server, 2);
    expect(await served(server)).toEqual([3, null]);
    await driver.setConfig("web-0", { [weightKey]: "0" });
    await has(server, "web-0", { weight: 0, weightFrom: "instance" });
    await until("it is drained", async () => (await served(server))[0] === 0);
    write("web", 2, { weights: { "web-0": 5, "web-1": 7 } });
    await has(server, "web-1", { weight: 7, weightFrom: "file" });
    await driver.setConfig("web-0", { [weightKey]: "" });
    await has(server, "web-0", { weight: 5, weightFrom: "file" });
    await until("both are the file's", async () => String(await served(server)) === "5,7");
    expect((await row(server, "web-1"))?.remark).toBeNull();
  });

  test("that is invalid is reported with its place, in the log too, and without its value", async () => {
    const { driver, launch, start } = house();
    write("web", 1, {});
    await launch("web-0");
    const server = await start();
    await serving(server, 1);
    await driver.setConfig("web-0", { [weightKey]: "hunter2" });
    const remark = "user.rollcall.weight is ignored: it is not a whole number from 0 to 65535";
    await until("it is said", async () => (await row(server, "web-0"))?.remark === remark);
    expect((await server.status()).routes.remarks).toEqual([
      { kind: "http.services", name: "web", state: "altered", origin: "group web", reason: `web-0: ${remark}` },
    ]);
    expect(server.log()).toContain(
      `group web: service web is served differently from what is written: web-0: ${remark}`,
    );
    expect(server.log() + JSON.stringify(await server.status())).not.toContain("hunter2");
    expect(await served(server)).toEqual([null]);
  });

  test("outlives a restart while the daemon is away", async () => {
    const { driver, launch, lxd, start } = house();
    write("web", 2, {});
    await launch("web-0", "web-1");
    await driver.setConfig("web-1", { [weightKey]: "0" });
    const first = await start();
    await serving(first, 2);
    await has(first, "web-1", { weight: 0, weightFrom: "instance" });
    const { version } = await first.document();
    await first.stop();
    await lxd.goAway();
    const second = await start();
    await serving(second, 2);
    expect([(await second.document()).version, await served(second)]).toEqual([version, [null, 0]]);
    await lxd.comeBack();
  });
});
