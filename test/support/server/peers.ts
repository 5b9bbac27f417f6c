import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { createEmbeddedDaemon } from "../../../embedded-daemon/daemon.ts";
import { createDriver, type Driver } from "../../../embedded-daemon/driver.ts";
import { freePort } from "../../../lab/demo/free-port.ts";
import type { MarkRow } from "../../../server/http/mark-rows.ts";
import type { Status } from "../../../server/http/status.ts";
import { type Run, rollcall } from "../cli/cli.ts";
import { openRelay, type Relay } from "../network/relay.ts";
import { until } from "../until.ts";
import { useEach } from "../use-each.ts";
import { type Ground, ground, type Rollcall, startRollcall } from "./rollcall.ts";

export type Name = "a" | "b" | "c";

/** One embedded daemon and servers over it, each with files of its own and a relay in front of its admin listener. */
export interface Street {
  readonly driver: Driver;
  readonly relays: Readonly<Record<Name, Relay>>;
  readonly at: Readonly<Record<Name, Ground>>;
  /** The URL by which others reach a server. */
  url(name: Name): string;
  /** Starts a server with the others that are named as peers. All have one token. */
  start(name: Name, peers: readonly (Name | object)[], settings?: Record<string, unknown>): Promise<Rollcall>;
  /** Starts a server as a process of its own, at the same addresses each time. */
  spawn(name: Name, peers: readonly Name[]): Promise<Spawned>;
  /** Sends a write to a server, as a verb does. */
  write(server: Rollcall, method: "POST" | "DELETE", body: object, path?: string): Promise<Record<string, unknown>>;
  /** Declares a group of that many replicas for some servers. */
  declare(replicas: number, ...names: Name[]): void;
  launch(...names: string[]): Promise<void>;
}

/** A server that is a process. */
export interface Spawned extends Pick<Rollcall, "endpoint" | "status"> {
  readonly run: Run;
}

export const sesame = "sesame-sesame-sesame";

export function useStreet(): () => Street {
  return useEach(makeStreet, (street) => street.end());
}

async function makeStreet() {
  const lxd = await createEmbeddedDaemon();
  const driver = createDriver(lxd.socket);
  const relays = { a: await openRelay(), b: await openRelay(), c: await openRelay() };
  const at = { a: ground(), b: ground(), c: ground() };
  const servers: Rollcall[] = [];
  const runs: Run[] = [];
  const ports = new Map<Name, { readonly provider: string; readonly admin: string }>();
  const url = (name: Name) => `http://${relays[name].address}`;
  for (const { path } of Object.values(at)) writeFileSync(join(path, "token"), sesame, { mode: 0o600 });
  return {
    ...{ driver, relays, at, url },
    async start(name: Name, peers: readonly (Name | object)[], settings: Record<string, unknown> = {}) {
      const server = await startRollcall(at[name], lxd.socket, {
        admin: { listen: "127.0.0.1:0", token: "token" },
        peers: peers.map((one) => (typeof one === "string" ? { url: url(one), token: "token" } : one)),
        ...settings,
      });
      relays[name].to(server.admin);
      servers.push(server);
      return server;
    },
    async spawn(name: Name, peers: readonly Name[]) {
      const address = async () => `127.0.0.1:${await freePort()}`;
      const { provider, admin } = ports.get(name) ?? { provider: await address(), admin: await address() };
      ports.set(name, { provider, admin });
      relays[name].to(admin);
      const settings = {
        ...{ provider: { listen: provider }, admin: { listen: admin, token: "token" } },
        sources: [{ name: "local", url: `unix://${lxd.socket}` }],
        peers: peers.map((one) => ({ url: url(one), token: "token" })),
      };
      writeFileSync(join(at[name].path, "rollcall.yaml"), stringify(settings));
      const run = rollcall(["serve"], { cwd: at[name].path });
      runs.push(run);
      await until("it listens", () => run.stderr().includes('"msg":"listening"'));
      const status = async () => (await (await fetch(`http://${admin}/api/status`)).json()) as Status;
      return { run, endpoint: `http://${provider}/traefik`, status };
    },
    async write(server: Rollcall, method: "POST" | "DELETE", body: object, path = "/api/drains") {
      const answer = await fetch(`http://${server.admin}${path}`, {
        method,
        headers: { authorization: `Bearer ${sesame}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return { ...((await answer.json()) as Record<string, unknown>), status: answer.status };
    },
    declare(replicas: number, ...names: Name[]) {
      for (const name of names) at[name].declare("web", replicas);
    },
    async launch(...names: string[]) {
      for (const name of names)
        await driver.launch(name, { config: { "user.rollcall.group": name.replace(/-\d+$/, "") } });
    },
    async end() {
      for (const { child } of runs) child.kill("SIGKILL");
      await Promise.all([...servers.map((server) => server.stop()), ...runs.map(({ ended }) => ended)]);
      await Promise.all(Object.values(relays).map((relay) => relay[Symbol.asyncDispose]()));
      await driver.close();
      await lxd.close();
      for (const one of Object.values(at)) one.clear();
    },
  };
}

/** The row of a drain, once there is one that is as it should be. */
export function markOf(
  server: Pick<Rollcall, "status">,
  is: (row: MarkRow) => boolean,
  instance = "web-1",
  patience?: number,
): Promise<MarkRow> {
  const marks = async () => (await server.status()).marks;
  const found = async () => (await marks()).find((row) => row.instance === instance && is(row));
  return until(`a drain of ${instance}`, found, patience);
}

/** A server's only peer, once it is as it should be. */
export function peerOf(server: Pick<Rollcall, "status">, state: string) {
  return until(`a peer that is ${state}`, async () => {
    const [row] = (await server.status()).peers;
    return row?.state === state && row;
  });
}
