import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../../../lab/demo/free-port.ts";
import { until } from "../until.ts";
import { requirePart } from "./parts.ts";

const run = promisify(execFile);
const server = "redis-server";

/** Why there is no Redis to test with; undefined if there is one. */
export async function missingRedis(): Promise<string | undefined> {
  const found = await run(server, ["--version"]).catch(() => undefined);
  return requirePart("redis", found ? undefined : "no redis-server; lab/redis.sh installs one");
}

/** A real Redis on a loopback port, with its data in a directory of its own. */
export interface RealRedis {
  /** `redis://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  readonly directory: string;
  /** Runs redis-cli, and gives what it prints. */
  cli(...words: string[]): Promise<string>;
  /** Every key under traefik/ with its value. */
  tree(): Promise<Record<string, string>>;
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  kill(): Promise<void>;
  /** Starts it again on its port, with further flags; `empty`: without its data. */
  start(options?: { readonly flags?: readonly string[]; readonly empty?: boolean }): Promise<void>;
  remove(): Promise<void>;
}

/** `flags` as redis-server takes them; `connect` as redis-cli does. */
export async function startRedis({ flags = [], connect = [] }: RedisFlags = {}): Promise<RealRedis> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "rollcall-redis-"));
  let child: ChildProcess | undefined;
  const cli = async (...words: string[]) =>
    (
      await run("redis-cli", ["-h", "127.0.0.1", "-p", String(port), ...connect, ...words], { timeout: 10_000 })
    ).stdout.trim();
  async function kill() {
    const ended = new Promise((resolve) => child?.once("exit", resolve));
    if (child?.kill("SIGKILL")) await ended;
    child = undefined;
  }
  async function start({ flags: further = [], empty = false }: Parameters<RealRedis["start"]>[0] = {}) {
    if (empty) rmSync(join(directory, "appendonlydir"), { recursive: true, force: true });
    const basic = [
      "--bind",
      "127.0.0.1",
      "--port",
      String(port),
      "--dir",
      directory,
      "--save",
      "",
      "--appendonly",
      "yes",
    ];
    const wanted = ["--appendfsync", "always", "--notify-keyspace-events", "KA", ...flags, ...further];
    child = spawn(server, [...basic, ...wanted], { stdio: "ignore" });
    await until("Redis answers", async () => /PONG|NOAUTH|LOADING/.test(await cli("ping").catch(String)));
  }
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    directory,
    cli,
    async tree() {
      const keys = (await cli("--scan", "--pattern", "traefik/*")).split("\n").filter((key) => key !== "");
      const pairs = await Promise.all(keys.sort().map(async (key) => [key, await cli("get", key)] as const));
      return Object.fromEntries(pairs);
    },
    signal: (name) => void child?.kill(name),
    kill,
    start,
    async remove() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface RedisFlags {
  readonly flags?: readonly string[];
  readonly connect?: readonly string[];
}
