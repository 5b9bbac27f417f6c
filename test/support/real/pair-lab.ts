import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createDriver, type Driver } from "../../../embedded-daemon/driver.ts";
import { tags } from "../../../shared/tags.ts";
import type { Failure, Late } from "../network/load.ts";
import { until } from "../until.ts";
import { requirePart } from "./parts.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const script = `${root}lab/pair.sh`;

/** The ways to the fleet: the address that keepalived holds, HAProxy, a name at a name server, and the Traefik of machine a alone. */
export const ways = {
  keepalived: "192.0.2.10",
  haproxy: "192.0.2.30",
  dns: "web.example.com@192.0.2.40",
  single: "192.0.2.11",
} as const;
export type Way = keyof typeof ways;

/** What became of a load on one way. Times are those of Date.now(). */
export interface Outcome {
  readonly sent: number;
  /** From then on none failed, once what was done was done; null where a minute brought no such moment. */
  readonly well: number | null;
  readonly failures: readonly Failure[];
  /** When the last request was due that each replica answered. */
  readonly last: Readonly<Record<string, number>>;
  readonly first: Readonly<Record<string, number>>;
  readonly late: readonly Late[];
}

/** The reason why lab/pair.sh can't run here. */
export function pairProblem(): string | undefined {
  const missing = (["haproxy", "keepalived", "pdns_server"] as const).map((part) => {
    const lacks = existsSync(`/usr/sbin/${part}`) ? undefined : `no ${part}; lab/pair.sh install installs it`;
    return requirePart(part, process.getuid?.() === 0 ? lacks : "only root may make network namespaces");
  });
  return missing.find((reason) => reason !== undefined);
}

/** Runs lab/pair.sh and gives its output. */
export async function pair(...words: string[]): Promise<string> {
  return (await promisify(execFile)(script, words, { timeout: 120_000 })).stdout;
}

/** What a person does with the platform of the pair. */
export const platform = (): Driver =>
  createDriver(`${process.env.ROLLCALL_LAB ?? "/var/tmp/rollcall-lab"}/pair/lxd.socket`);

const launch = (lxd: Driver, name: string) => lxd.launch(name, { config: { [tags.group]: "web" } });

/** Makes a real LXD with the three instances of lab/pair.sh the platform of the next pair. Gives what deletes them. */
export async function onRealLxd(socket: string): Promise<() => Promise<void>> {
  const lxd = createDriver(socket);
  const names = ["web-0", "web-1", "web-2"];
  const remove = () => Promise.all(names.map((name) => lxd.remove(name).catch(() => {})));
  await remove();
  await Promise.all(names.map((name) => launch(lxd, name)));
  process.env.PAIR_LXD = socket;
  return async () => {
    delete process.env.PAIR_LXD;
    await remove();
    await lxd.close();
  };
}

/** A change in the platform, made under load: when it is live says how long a fault holds up a change. */
export interface Change {
  before(lxd: Driver): Promise<unknown>;
  make(lxd: Driver): Promise<unknown>;
  /** Whether web-2 answers once it is live. */
  readonly adds: boolean;
  live(outcome: Outcome): number | undefined;
  after(lxd: Driver): Promise<unknown>;
}

/** A replica stops. Its server goes on answering, so that no request fails by this. */
export const stops: Change = {
  before: async () => {},
  make: (lxd) =>
    until("the platform stops web-2", () =>
      lxd.stop("web-2", { force: true }).then(
        () => true,
        () => false,
      ),
    ),
  adds: false,
  live: ({ last }) => last["web-2"],
  after: (lxd) => lxd.start("web-2"),
};

/** A replica is added, where no server outlives its instance. */
export const adds: Change = {
  before: (lxd) => lxd.remove("web-2").then(() => answers("web-2", false)),
  make: (lxd) => launch(lxd, "web-2"),
  adds: true,
  live: ({ first }) => first["web-2"],
  after: async () => {},
};

/** Waits until the answers of each address have that replica among them, or none of them. */
export async function answers(replica: string, wanted: boolean): Promise<void> {
  const ask = `for n in $(seq 12); do curl -s --max-time 5 -H "Host: web.localhost" http://$0/; done`;
  for (const at of [ways.keepalived, ways.haproxy, ways.single, "192.0.2.12"])
    await until(
      `${replica} ${wanted ? "answers" : "is out"} at ${at}`,
      async () => (await pair("run", "c", "sh", "-c", ask, at)).includes(`${replica} `) === wanted,
      60_000,
      500,
    );
}

/** The machines that hold the address now. */
export async function holders(): Promise<string[]> {
  const has = async (machine: string) =>
    (await pair("run", machine, "ip", "-br", "addr", "show", "eth0")).includes(`${ways.keepalived}/`);
  return [...((await has("a")) ? ["a"] : []), ...((await has("b")) ? ["b"] : [])];
}

/** Brings the address to machine a, with both keepaliveds running. */
export async function homeAgain(): Promise<void> {
  for (const machine of ["a", "b"]) await pair("start", machine, "keepalived");
  const held = () => holders().then(String);
  await until("one machine holds the address", async () => ["a", "b"].includes(await held()), 60_000);
  if ((await held()) === "a") return;
  await pair("stop", "b", "keepalived");
  await until("a holds the address", async () => (await held()) === "a", 60_000);
  await pair("start", "b", "keepalived");
}

/** Loads every way with so many requests a second while something is done, and until all ways are well. */
export async function underLoad(perSecond: number, act: () => Promise<void>): Promise<Record<Way, Outcome>> {
  const main = `${root}test/support/network/load-main.ts`;
  const tsx = `${root}node_modules/tsx/dist/loader.mjs`;
  const words = ["run", "c", process.execPath, "--import", tsx, main, String(perSecond), ...Object.values(ways)];
  const child: ChildProcessWithoutNullStreams = spawn(script, words);
  const errors = text(child.stderr);
  const [started] = (await Promise.race([once(child.stdout, "data"), once(child, "exit")])) as [unknown];
  if (!(started instanceof Buffer)) throw new Error(`no load: ${await errors}`);
  const said = text(child.stdout);
  try {
    await act();
  } finally {
    child.stdin.end();
  }
  const [keepalived, haproxy, dns, single] = JSON.parse(await said) as [Outcome, Outcome, Outcome, Outcome];
  return { keepalived, haproxy, dns, single };
}
