import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { createDriver, type Driver } from "../../embedded-daemon/driver.ts";
import { type Run, rollcall } from "../support/cli/cli.ts";
import { type Ground, ground } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

/** One attack on a server that is right: what is served before and after it is known. */
export interface Row {
  readonly name: string;
  /** Makes the attack, and ends when the server has met it. */
  attack(at: Siege): Promise<void>;
  /** Takes it back. */
  undo?(at: Siege): Promise<void>;
  /** The leaves of the document that may be there because of it, as `leavesOf` writes them. @default none */
  readonly mayAdd?: RegExp;
  /** The leaves that may be missing because of it, since it is a fact and not a lie. @default none */
  readonly mayRemove?: RegExp;
}

/** What went wrong in a row: empty if nothing did. */
export interface Outcome {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** How the server ended. */
  readonly died?: string;
}

/** A server process with groups, route files and instances with labels, over an embedded daemon. */
export interface Siege {
  readonly lxd: EmbeddedDaemon;
  readonly driver: Driver;
  readonly at: Ground;
  /** `127.0.0.1:PORT` of Traefik's listener. */
  readonly provider: string;
  /** Makes the server look at the instances, and waits until it has. */
  look(): Promise<void>;
  run(row: Row): Promise<Outcome>;
  end(): Promise<void>;
}

/** The operator's part: two groups, and a route file that names one of them. Labels may have hosts below apps.example. */
const groups = {
  web: { name: "web", replicas: 3, service: { port: 3000 }, router: { rule: "Host(`web.apps.example`)" } },
  db: {
    name: "db",
    replicas: 1,
    service: { port: 5432, protocol: "tcp" },
    router: { rule: "HostSNI(`db.apps.example`)", tls: { passthrough: true } },
  },
};
const routes = {
  http: {
    routers: {
      shop: { rule: "Host(`shop.apps.example`) && PathPrefix(`/pay`)", service: "web", middlewares: ["limit"] },
      wild: { rule: "HostRegexp(`^[a-z]+\\.ops\\.apps\\.example$`)", service: "web" },
    },
    middlewares: { limit: { rateLimit: { average: 10 } } },
  },
};

export async function startSiege(): Promise<Siege> {
  const lxd = await createEmbeddedDaemon({ serve: false });
  const driver = createDriver(lxd.socket);
  const at = ground();
  for (const [name, group] of Object.entries(groups))
    writeFileSync(join(at.path, `groups/${name}.yaml`), stringify(group));
  mkdirSync(join(at.path, "routes"));
  writeFileSync(join(at.path, "routes/shop.yaml"), stringify(routes));
  const labels = { allow: { default: { hosts: ["*.apps.example"], entryPoints: ["web", "websecure"] } } };
  const settings = {
    provider: { listen: "127.0.0.1:0" },
    admin: { listen: "127.0.0.1:0" },
    sources: [{ name: "local", url: `unix://${lxd.socket}`, labels }],
  };
  writeFileSync(join(at.path, "rollcall.yaml"), stringify(settings));
  for (const name of ["web-0", "web-1", "web-2", "db-0"])
    await driver.launch(name, { config: { "user.rollcall.group": name.replace(/-\d+$/, "") } });
  for (const name of ["good-0", "evil-0"]) await driver.launch(name, { config: name === "good-0" ? good : {} });

  const run = rollcall(["serve"], { cwd: at.path });
  const listening = await until("the server listens", () => boundTo(run));
  const answer = async () => {
    const response = await fetch(`http://${listening}/traefik?hold=off`);
    // Another status is an answer too, in which everything is missing.
    return response.status === 200 ? leavesOf(await response.json()) : new Set([`status = ${response.status}`]);
  };
  const complete = (leaves: ReadonlySet<string>) =>
    [...leaves].filter((leaf) => /:(3000|5432)"$/.test(leaf)).length === 5;
  const truth = await until("everything is served", async () => {
    const leaves = await answer();
    return complete(leaves) ? leaves : undefined;
  });

  let looks = 0;
  async function look() {
    const before = lxd.counts.listings;
    await driver.setConfig("evil-0", { "user.looks": String(++looks) });
    await until(
      "the server looks",
      () => lxd.counts.listings > before && lxd.counts.listingsInFlight === 0,
      undefined,
      5,
    );
    await pause(25);
  }

  /** Collects what is served that should not be, and what should be and is not, until it is told to stop. */
  function watch() {
    const [added, removed] = [new Set<string>(), new Set<string>()];
    let over = false;
    const watching = (async () => {
      while (!over && run.child.exitCode === null) {
        const leaves = await answer().catch(() => undefined);
        for (const leaf of leaves ?? []) if (!truth.has(leaf)) added.add(leaf);
        for (const leaf of leaves ? truth : []) if (!leaves?.has(leaf)) removed.add(leaf);
        if (leaves) await pause(15);
      }
    })();
    return async () => {
      over = true;
      await watching;
      return { added: [...added], removed: [...removed] };
    };
  }

  const siege: Siege = {
    lxd,
    driver,
    at,
    provider: listening,
    look,
    async run(row) {
      const stop = watch();
      await row.attack(siege);
      await row.undo?.(siege);
      const { added, removed } = await stop();
      const ended = run.child.exitCode ?? run.child.signalCode;
      const died = ended === null ? {} : { died: `${ended}: ${run.stderr().slice(-500)}` };
      if (ended === null) await until(`${row.name}: it is as before`, async () => same(await answer(), truth));
      return {
        added: added.filter((leaf) => !row.mayAdd?.test(leaf)),
        removed: removed.filter((leaf) => !row.mayRemove?.test(leaf)),
        ...died,
      };
    },
    async end() {
      run.child.kill("SIGTERM");
      await run.ended;
      await driver.close();
      await lxd.close();
      at.clear();
    },
  };
  return siege;
}

/** An instance that declares itself as it may. */
const good = {
  "user.traefik.enable": "true",
  "user.traefik.http.routers.good.rule": "Host(`good.apps.example`)",
  "user.traefik.http.services.good.loadbalancer.server.port": "3000",
};

/** `127.0.0.1:PORT` of Traefik's listener, once the server has written it to its log. */
export function boundTo(run: Run): string | undefined {
  const line = run
    .stderr()
    .split("\n")
    .find((one) => one.includes('"msg":"listening"'));
  return line && (JSON.parse(line) as { provider: string }).provider;
}

/** Each value of a document with the path to it: `http.routers.web.rule = "Host(...)"`. */
export function leavesOf(value: unknown, path = ""): Set<string> {
  if (typeof value !== "object" || value === null) return new Set([`${path} = ${JSON.stringify(value)}`]);
  const inner = Array.isArray(value) ? value.map((one) => ["[]", one] as const) : Object.entries(value);
  return new Set(inner.flatMap(([key, one]) => [...leavesOf(one, path === "" ? key : `${path}.${key}`)]));
}

export function same(one: ReadonlySet<string> | undefined, other: ReadonlySet<string>): boolean {
  return one?.size === other.size && [...other].every((leaf) => one.has(leaf));
}

export function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
