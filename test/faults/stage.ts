import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { EmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import type { Driver } from "../../embedded-daemon/driver.ts";
import { leavesOf, pause, same } from "../attack/siege.ts";
import { type Run, rollcall } from "../support/cli/cli.ts";
import type { UnixProxy } from "../support/network/unix-proxy.ts";
import { type Ground, ground } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";
import type { Daemon } from "./daemons.ts";

/** One fault, which ends: afterwards all is as before. */
export interface Fault {
  readonly name: string;
  happen(at: Stage): Promise<void>;
  /** Ends it. @default it ends by itself */
  end?(at: Stage): Promise<void>;
  /** The instances whose servers it takes away or moves, since it is a fact and not a lie. @default none */
  readonly concerns?: readonly string[];
  /** What must never be served, though it concerns them: `//127.78.0.1:`. */
  readonly never?: string;
  /** Whether the answer may be 423 meanwhile: Traefik keeps what it has. @default no */
  readonly mayLock?: boolean;
  /** In how many seconds after its end all must be as before. @default 5 */
  readonly within?: number;
}

export interface Result {
  readonly removed: readonly string[];
  readonly added: readonly string[];
  /** From the end of the fault until all was as before, in seconds. */
  readonly seconds: number;
}

/** A server process over a daemon, whose replicas are asked whether they are ready. */
export interface Stage {
  readonly lxd: EmbeddedDaemon;
  readonly relay: UnixProxy;
  readonly driver: Driver;
  readonly at: Ground;
  provider(): string;
  admin(): string;
  /** The answer to a write with the token. */
  write(method: "POST" | "DELETE", body: object, path?: string): Promise<Response>;
  /** Makes the server look, and waits until it has. */
  look(): Promise<void>;
  /** Ends the server by a signal, and starts the next one. */
  restart(signal: "SIGKILL" | "SIGTERM", meanwhile?: () => Promise<void>): Promise<void>;
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Where an instance is served now; undefined if it is not. */
  addressOf(name: string): Promise<string | undefined>;
  meet(fault: Fault): Promise<Result>;
  end(): Promise<void>;
}

const health = { http: "/health", interval: "1s", timeout: "500ms" };
const groups = {
  web: { replicas: 3, service: { port: 3000, ready: health }, router: { rule: "Host(`web.example`)" } },
  api: { replicas: 2, service: { port: 3000 }, router: { rule: "Host(`api.example`)" } },
  db: { replicas: 1, service: { port: 3000, protocol: "tcp", ready: "port" }, router: { rule: "HostSNI(`*`)" } },
};
export const replicas = ["web-0", "web-1", "web-2", "api-0", "api-1", "db-0"] as const;
const routes = { http: { routers: { shop: { rule: "Host(`shop.example`)", service: "web" } } } };

export async function setStage({ driver, socket, lxd, relay, close }: Daemon): Promise<Stage> {
  const at = ground();
  for (const [name, group] of Object.entries(groups))
    writeFileSync(join(at.path, `groups/${name}.yaml`), stringify({ name, project: driver.project, ...group }));
  mkdirSync(join(at.path, "routes"));
  writeFileSync(join(at.path, "routes/shop.yaml"), stringify(routes));
  const listen = { listen: "127.0.0.1:0" };
  const sources = [{ name: "local", url: `unix://${socket}`, projects: [driver.project] }];
  writeFileSync(join(at.path, "rollcall.yaml"), stringify({ provider: listen, admin: listen, resync: "2s", sources }));
  const tagged = (name: string) => ({ config: { "user.rollcall.group": name.replace(/-\d+$/, "") } });
  for (const name of replicas) await driver.launch(name, tagged(name));

  let run: Run;
  let bound = { provider: "", admin: "" };
  async function start() {
    run = rollcall(["serve"], { cwd: at.path });
    const isListening = (line: string) => line.includes('"msg":"listening"') && line.endsWith("}");
    const line = await until("the server listens", () => run.stderr().split("\n").find(isListening), 60_000);
    bound = JSON.parse(line) as typeof bound;
  }
  await start();
  /** The leaves of the document; undefined if there is no answer, the status if it is none. */
  async function answer(): Promise<Set<string> | number | undefined> {
    const response = await fetch(`http://${bound.provider}/traefik?hold=off`, {
      headers: { "user-agent": "rollcall" },
      signal: AbortSignal.timeout(2000),
    }).catch(() => undefined);
    if (response?.status !== 200) return response?.status;
    return await response.json().then(leavesOf, () => undefined);
  }
  /** The addresses that LXD shows, by instance. */
  const truthOf = async () => {
    const all = await driver.list();
    return new Map(
      all.map(({ name, state }) => [
        name,
        state?.network?.eth0?.addresses.find(({ family }) => family === "inet")?.address,
      ]),
    );
  };
  let addresses = await truthOf();
  const count = (leaves: Set<string>) => [...leaves].filter((leaf) => /:3000"$/.test(leaf)).length;
  let truth = await until("all are served", async () => {
    const leaves = await answer();
    return leaves instanceof Set && count(leaves) === replicas.length ? leaves : undefined;
  });
  let looks = 0;

  /** Collects what is served and should not be, and what should be and is not, until it is told to stop. */
  function watch({ mayLock = false }: Fault) {
    const [added, removed] = [new Set<string>(), new Set<string>()];
    let over = false;
    const watching = (async () => {
      while (!over) {
        const leaves = await answer();
        if (typeof leaves === "number" && !mayLock) removed.add(`everything: ${leaves}`);
        if (leaves instanceof Set) {
          for (const leaf of leaves) if (!truth.has(leaf)) added.add(leaf);
          for (const leaf of truth) if (!leaves.has(leaf)) removed.add(leaf);
        }
        await pause(20);
      }
    })();
    return async () => {
      over = true;
      await watching;
      return { added: [...added], removed: [...removed] };
    };
  }

  const stage: Stage = {
    get lxd() {
      return lxd();
    },
    get relay() {
      return relay();
    },
    ...{ driver, at },
    provider: () => bound.provider,
    admin: () => bound.admin,
    write(method, body, path = "/api/drains") {
      const token = readFileSync(join(at.path, "state/admin-token"), "utf8").trim();
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      return fetch(`http://${bound.admin}${path}`, { method, headers, body: JSON.stringify(body) });
    },
    async look() {
      const { counts } = lxd();
      const before = counts.listings;
      await driver.setConfig("api-0", { "user.looks": String(++looks) });
      await until("the server looks", () => counts.listings > before && counts.listingsInFlight === 0, 30_000, 5);
      await pause(30);
    },
    async restart(signal, meanwhile) {
      run.child.kill(signal);
      await run.ended;
      await meanwhile?.();
      await start();
    },
    signal: (signal) => void run.child.kill(signal),
    addressOf: async (name) => (await truthOf()).get(name),
    async meet(fault) {
      const stop = watch(fault);
      await fault.happen(stage);
      await fault.end?.(stage);
      const began = performance.now();
      const concerned = fault.concerns ?? [];
      const now = await until("they have addresses", async () => {
        const found = await truthOf();
        return concerned.every((name) => found.get(name)) ? found : undefined;
      });
      // Those that it concerns may have moved: then all is as before, there.
      const moved = concerned.map((name) => [`${addresses.get(name)}:`, `${now.get(name)}:`] as const);
      const next = new Set([...truth].map((leaf) => moved.reduce((text, [from, to]) => text.replace(from, to), leaf)));
      // For half a second: a server that is late may not have seen the fault yet.
      let since: number | undefined;
      const overSince = async () => {
        const leaves = await answer();
        since = leaves instanceof Set && same(leaves, next) ? (since ?? performance.now()) : undefined;
        return since !== undefined && performance.now() - since >= 500 && since;
      };
      const seconds = ((await until(`${fault.name}: all is as before`, overSince, 60_000, 10)) - began) / 1000;
      const { added, removed } = await stop();
      const isNever = (leaf: string) => fault.never !== undefined && leaf.includes(fault.never);
      const wrong = (leaf: string) =>
        isNever(leaf) || !moved.some(([from, to]) => leaf.includes(from) || leaf.includes(to));
      [truth, addresses] = [next, now];
      return { added: added.filter(wrong), removed: removed.filter(wrong), seconds };
    },
    async end() {
      run.child.kill("SIGKILL");
      await run.ended;
      await close();
      at.clear();
    },
  };
  return stage;
}
