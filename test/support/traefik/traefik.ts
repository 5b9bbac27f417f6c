import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { freePort } from "../../../lab/demo/free-port.ts";
import { labPath } from "../real/lab-path.ts";
import { until } from "../until.ts";

/** A Traefik that polls one endpoint, on loopback ports of its own. */
export interface Traefik {
  /** Where its entry point listens. */
  readonly web: string;
  /** Where its API is. */
  readonly apiUrl: string;
  /** Asks its API, and gives the JSON. */
  api<T>(path: string): Promise<T>;
  /** Its metrics, as Prometheus reads them. */
  metrics(): Promise<string>;
  /** What it logged so far. */
  log(): string;
  /** The servers that it routes a service to, sorted; undefined while it does not know the service. */
  servers(service: string): Promise<string[] | undefined>;
  /** Sends it a signal: STOP and CONT. */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  /** Stops it with SIGTERM and resolves with its exit code. */
  stop(): Promise<number | null>;
}

export interface TraefikOptions {
  readonly binary: string;
  readonly endpoint: string;
  /** Further flags, `--providers.http.pollInterval=1s`. */
  readonly flags?: readonly string[];
  /** Settings of its HTTP provider with a secret: then everything is in a file, because anybody can read a process's flags. */
  readonly http?: { readonly file: string; readonly settings: object };
}

/** The path of a Traefik as `lab/traefik.sh` finds or installs it, of that version or of any; the reason when there is none. */
export async function findTraefik(version?: string): Promise<{ binary: string } | { reason: string }> {
  return await labPath("traefik.sh", ...(version === undefined ? [] : [version]));
}

export async function startTraefik({ binary, endpoint, flags = [], http }: TraefikOptions): Promise<Traefik> {
  const [web, api] = [await freePort(), await freePort()];
  if (http) {
    const address = (port: number) => ({ address: `127.0.0.1:${port}` });
    const all = {
      entryPoints: { web: address(web), traefik: address(api) },
      api: { insecure: true },
      ping: {},
      global: { checkNewVersion: false, sendAnonymousUsage: false },
      providers: { http: { endpoint, ...http.settings }, providersThrottleDuration: "100ms" },
    };
    writeFileSync(http.file, JSON.stringify(all), { mode: 0o600 });
  }
  const plain = [
    `--entryPoints.web.address=127.0.0.1:${web}`,
    `--entryPoints.traefik.address=127.0.0.1:${api}`,
    "--api.insecure=true",
    "--ping=true",
    "--log.level=DEBUG",
    "--global.checkNewVersion=false",
    "--global.sendAnonymousUsage=false",
    `--providers.http.endpoint=${endpoint}`,
    ...flags,
  ];
  const child = spawn(binary, http ? [`--configFile=${http.file}`] : plain, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const traefik: Traefik = {
    web: `127.0.0.1:${web}`,
    apiUrl: `http://127.0.0.1:${api}`,
    api: async (path) => {
      const answer = await fetch(`http://127.0.0.1:${api}${path}`);
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
      return (await answer.json()) as never;
    },
    metrics: async () => (await fetch(`http://127.0.0.1:${api}/metrics`)).text(),
    log: () => log,
    servers: async (service) => {
      const answer = await fetch(`http://127.0.0.1:${api}/api/http/services/${service}@http`).catch(() => undefined);
      if (!answer?.ok) return undefined;
      const { loadBalancer } = (await answer.json()) as { loadBalancer?: { servers?: { url: string }[] } };
      return (loadBalancer?.servers ?? []).map(({ url }) => url).sort();
    },
    signal: (name) => void child.kill(name),
    stop: () => stop(child, exited),
  };
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  try {
    await until("Traefik listens", async () => {
      if (ended) throw new Error(`Traefik ended at once: ${log.trim().split("\n").at(-1)}`);
      return (await fetch(`http://127.0.0.1:${api}/ping`).catch(() => undefined))?.ok;
    });
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return traefik;
}

async function stop(child: ChildProcess, exited: Promise<number | null>): Promise<number | null> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  const code = await exited;
  clearTimeout(timer);
  return code;
}
