import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { until } from "../support/until.ts";
import { type Child, startNode } from "./children.ts";

/** The program as `npm run build` writes it. */
export const builtProgram = resolve(import.meta.dirname, "../../dist/cli/main.js");

/** The built server as a process, run as a user runs it. */
export interface BenchServer extends Child {
  /** `http://127.0.0.1:PORT/traefik` */
  readonly endpoint: string;
  /** `127.0.0.1:PORT`, the admin listener. */
  readonly admin: string;
  /** A configuration by which verbs find it. */
  readonly config: string;
  /** How many versions it has published so far. */
  versions(): number;
  /** Resolves once it serves that many servers and has published nothing for most of a second. */
  serves(count: number): Promise<void>;
}

export interface BenchServerOptions {
  readonly socket: string;
  readonly groups: string;
  /** A key of the source: `labels: { ... }`. */
  readonly source?: string;
  /** Further lines of rollcall.yaml. */
  readonly settings?: string;
  /** @default serve */
  readonly verb?: "serve" | "follow";
}

export async function startServer(options: BenchServerOptions): Promise<BenchServer> {
  const { socket, groups, source: key, settings = "", verb = "serve" } = options;
  const directory = mkdtempSync(join(tmpdir(), "rollcall-bench-"));
  const config = join(directory, "rollcall.yaml");
  const source = `{ name: local, url: "unix://${socket}"${key === undefined ? "" : `, ${key}`} }`;
  const listenOn = (provider: string, admin: string) => {
    const listeners = `provider: { listen: ${provider} }\nadmin: { listen: ${admin} }\n`;
    writeFileSync(config, `groups: ${groups}\n${listeners}sources: [${source}]\n${settings}\n`);
  };
  listenOn("127.0.0.1:0", "127.0.0.1:0");
  let versions = 0;
  let last = performance.now();
  let bound: { provider: string; admin: string } | undefined;
  const log: string[] = [];
  const child = startNode([builtProgram, verb, "--config", config], (line) => {
    log.push(line);
    if (line.includes('"msg":"listening"')) bound = JSON.parse(line) as { provider: string; admin: string };
    if (!line.includes('"msg":"published"')) return;
    versions++;
    last = performance.now();
  });
  const { provider, admin } = await until("the server listens", () => bound, 60_000).catch((error: Error) => {
    throw new Error(`${error.message}\n${log.join("\n")}`);
  });
  listenOn(provider, admin);
  const endpoint = `http://${provider}/traefik`;
  return {
    pid: child.pid,
    endpoint,
    admin,
    config,
    versions: () => versions,
    async serves(count) {
      await until(`${count} servers`, async () => (await serversOf(endpoint)) === count, 60_000, 100);
      // What was done just now may not have been noticed yet.
      const asked = performance.now();
      await until("quiet", () => performance.now() - Math.max(last, asked) > 700, 10_000);
    },
    async end() {
      await child.end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function serversOf(endpoint: string): Promise<number> {
  const answer = await fetch(`${endpoint}?hold=off`);
  return (await answer.text()).split('"url":').length - 1;
}
