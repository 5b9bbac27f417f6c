import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { createEmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { createDriver } from "../../embedded-daemon/driver.ts";
import { type Run, rollcall } from "../support/cli/cli.ts";
import { ground } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";
import { boundTo, pause } from "./siege.ts";

/**
 * kill -9 while instances come and go. The next server, with LXD there, serves the truth and nothing else. With LXD away it serves what
 * the disk remembers: the memory is written after publishing, so a kill within that write costs the last change and no more.
 */

const kills = 50;

/** What went wrong after each kill; empty if the next server served nothing older. */
export async function killAtManyInstants(): Promise<string[][]> {
  const lxd = await createEmbeddedDaemon({ serve: false });
  const driver = createDriver(lxd.socket);
  const at = ground();
  at.declare("web", 3);
  const listen = { listen: "127.0.0.1:0" };
  const sources = [{ name: "local", url: `unix://${lxd.socket}` }];
  writeFileSync(join(at.path, "rollcall.yaml"), stringify({ provider: listen, admin: listen, sources }));
  for (const name of ["web-0", "web-1", "web-2"])
    await driver.launch(name, { config: { "user.rollcall.group": "web" } });
  const found: string[][] = [];
  let server = await startServer(at.path);
  await until("all are served", async () => (await server.served())?.length === 3);
  for (let n = 0; n < kills; n++) {
    const before = await server.served();
    let last = before;
    const watching = follow(server, (served) => {
      last = served;
    });
    const changed = n % 2 === 0 ? driver.stop("web-1", { force: true }) : driver.start("web-1");
    // Each kill at another instant of the half second in which the change is seen, served and written.
    await pause((n * 37) % 500);
    server.run.child.kill("SIGKILL");
    await server.run.ended;
    await watching;
    await changed;
    const isAway = n % 4 < 2;
    if (isAway) await lxd.goAway();
    server = await startServer(at.path);
    const first = await until("something is served", () => server.served());
    if (isAway) await lxd.comeBack();
    const truth = await until(`kill ${n}: the truth is served`, async () => {
      const served = await server.served();
      return served?.length === (n % 2 === 0 ? 2 : 3) ? served : undefined;
    });
    const good = isAway ? [before, last, truth] : [truth];
    const isGood = good.some((one) => one?.join() === first.join());
    found.push(isGood ? [] : [`kill ${n}: ${last} was served last, and ${first} after it`]);
  }
  server.run.child.kill("SIGTERM");
  await server.run.ended;
  await driver.close();
  await lxd.close();
  at.clear();
  return found;
}

interface Server {
  readonly run: Run;
  /** The servers of web, in order; undefined while it is locked or does not answer. */
  served(): Promise<string[] | undefined>;
}

async function startServer(cwd: string): Promise<Server> {
  const run = rollcall(["serve"], { cwd });
  const provider = await until("the server listens", () => boundTo(run), 120_000);
  return {
    run,
    async served() {
      const answer = await fetch(`http://${provider}/traefik?hold=off`).catch(() => undefined);
      const body = await answer?.text().catch(() => undefined);
      return answer?.status === 200 ? body?.match(/http:\/\/[\d.]+:3000/g)?.sort() : undefined;
    },
  };
}

/** Calls `onServed` with each answer until the server is gone. */
async function follow({ run, served }: Server, onServed: (served: string[]) => void): Promise<void> {
  while (run.child.exitCode === null && run.child.signalCode === null) {
    const now = await served();
    if (now) onServed(now);
    await pause(3);
  }
}
