import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { requirePart } from "./parts.ts";

const run = promisify(execFile);
const script = new URL("../../../lab/etcd.sh", import.meta.url).pathname;

/** The reason why there is no etcd. */
export async function etcdMissing(): Promise<string | undefined> {
  const missing = await Promise.all(
    ["etcd", "etcdctl"].map((name) => run(name, [name === "etcd" ? "--version" : "version"])),
  ).then(
    () => undefined,
    () => "no etcd on PATH; lab/etcd.sh installs it",
  );
  return requirePart("etcd", missing);
}

/** A real etcd of one member or three. */
export interface Etcd {
  /** The URL of each member. */
  readonly endpoints: readonly string[];
  /** Does something to a member: `stop` lets it hang, `cont` go on. */
  act(verb: "kill" | "stop" | "cont" | "start", member: number): Promise<void>;
  /** What etcdctl says, asked of the first member. */
  ctl(...words: string[]): Promise<string>;
  down(): Promise<void>;
}

/** `environment`: ETCD_* for its members, ETCDCTL_* for `ctl`. */
export async function startEtcd(members: 1 | 3 = 1, environment: Readonly<Record<string, string>> = {}): Promise<Etcd> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-etcd-"));
  const env = { ...process.env, ETCDCTL_API: "3", ...environment };
  const lab = async (...words: string[]) => (await run(script, words, { env, timeout: 90_000 })).stdout;
  const directory = join(folder, "etcd");
  const down = async () => {
    await lab("down", directory);
    rmSync(folder, { recursive: true });
  };
  const said = await lab("up", directory, String(members)).catch(async (error: unknown) => {
    await down();
    throw error;
  });
  const endpoints = said.trim().split("\n");
  return {
    endpoints,
    async act(verb, member) {
      await lab(verb, directory, String(member));
    },
    ctl: async (...words) => (await run("etcdctl", ["--endpoints", endpoints[0] ?? "", ...words], { env })).stdout,
    down,
  };
}
