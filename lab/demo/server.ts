import { type SpawnOptions, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import type { Status } from "../../server/http/status.ts";
import type { Waiting } from "../../server/roll-call/plan.ts";
import { startProgram } from "./children.ts";
import type { Ending } from "./ending.ts";
import { freePort } from "./free-port.ts";
import type { Home } from "./home.ts";
import type { Stage } from "./stage.ts";
import { until } from "./until.ts";

/** `rollcall serve`, running. */
export interface Rollcall {
  readonly config: string;
  /** `http://127.0.0.1:PORT/traefik` */
  readonly endpoint: string;
  readonly admin: string;
  /** The current answer to Traefik. */
  document(): Promise<Answered>;
  status(): Promise<Status>;
  /** Runs a verb to its end. */
  run(...verb: readonly string[]): Promise<Verb>;
}

/** How a verb ended, and what it wrote. */
export interface Verb {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Answered {
  readonly status: number;
  /** The replicas that a locked document waits for. */
  readonly waiting: readonly Waiting[];
  /** The names in `Rollcall-Waiting`: replicas that are declared, but not yet served. */
  readonly pending: readonly string[];
  /** The addresses of a service's servers. */
  servers(service: string): readonly string[];
  /** The addresses of all servers. */
  readonly urls: readonly string[];
}

const root = fileURLToPath(new URL("../..", import.meta.url));
// Not with tsx's own command, which would be another process between a signal and the server.
const typescript = ["--import", import.meta.resolve("tsx"), join(root, "cli/main.ts")];

/** `environment` is that of the verbs. */
export async function startRollcall(
  home: Home,
  stage: Stage,
  ending: Ending,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Rollcall> {
  const { signal } = ending;
  const [provider, admin] = [await freePort(), await freePort()];
  const config = join(home.path, "rollcall.yaml");
  writeFileSync(config, configText(provider, admin, stage));
  startProgram(
    { name: "rollcall", command: process.execPath, args: [...typescript, "serve", "--config", config] },
    home,
    ending,
  );
  const endpoint = `http://127.0.0.1:${provider}/traefik`;
  const status = async () =>
    (await (await request(`http://127.0.0.1:${admin}/api/status`, { signal })).body.json()) as Status;
  await until(
    "rollcall has read its source",
    async () => {
      const now = await status().catch(() => undefined);
      return now?.groups.length && now.sources.every(({ lastLook }) => lastLook !== null) ? true : undefined;
    },
    { signal },
  );
  return {
    config,
    endpoint,
    admin: `http://127.0.0.1:${admin}`,
    status,
    document: () => ask(endpoint, signal),
    run: (...verb) =>
      runVerb([...typescript, ...verb, "--config", config], { cwd: home.path, env: environment }, signal),
  };
}

/** An abort asks the verb to end, and waits until it has: terraform finishes what it is doing. */
function runVerb(args: readonly string[], options: SpawnOptions, signal: AbortSignal): Promise<Verb> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { ...options, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const said = { stdout: "", stderr: "" };
    child.stdout?.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
    const stop = () => child.kill("SIGTERM");
    signal.addEventListener("abort", stop, { once: true });
    child.once("error", reject);
    child.once("close", (code) => {
      signal.removeEventListener("abort", stop);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve({ code, ...said });
    });
  });
}

function configText(provider: number, admin: number, { platform, socket, project }: Stage): string {
  return `groups: ./groups
state: ./state
provider: { listen: 127.0.0.1:${provider} }
admin: { listen: 127.0.0.1:${admin} }
sources:
  - name: local
    platform: ${platform}
    url: unix://${socket}
    projects: [${project}]
`;
}

async function ask(endpoint: string, signal: AbortSignal): Promise<Answered> {
  const { statusCode, headers, body } = await request(`${endpoint}?hold=off&name=demo`, { signal });
  const { waiting = [], http } = (await body.json()) as { waiting?: Waiting[]; http?: Http };
  const pending = String(headers["rollcall-waiting"] ?? "")
    .split(",")
    .filter(Boolean);
  const servers = (service: string) => http?.services?.[service]?.loadBalancer.servers.map(({ url }) => url) ?? [];
  const urls = Object.keys(http?.services ?? {}).flatMap(servers);
  return { status: statusCode, waiting, pending, servers, urls };
}

interface Http {
  readonly services?: Readonly<Record<string, { loadBalancer: { servers: { url: string }[] } }>>;
}
