import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Agent, request } from "undici";
import { runScript, startProgram } from "./children.ts";
import type { Ending } from "./ending.ts";
import type { Fleet, Place } from "./fleet.ts";
import { freePort } from "./free-port.ts";
import type { Home } from "./home.ts";
import type { Rollcall } from "./server.ts";
import { until } from "./until.ts";

/** How the replicas are reached: through Traefik, or without it as Traefik would reach them. */
export interface Front {
  /** `Traefik`, or its replacement, as it is called in a sentence. */
  readonly name: string;
  readonly traefik: { readonly web: string; readonly dashboard: string } | undefined;
  /** One request to the story's group. */
  ask(): Promise<Reply>;
  /** One request for a host and a path; undefined without Traefik, which routes it. */
  readonly visit: ((where: Place) => Promise<Reply>) | undefined;
}

export interface Reply {
  /** The command that a user would type for it. */
  readonly command: string;
  readonly status: number;
  /** `web-0 127.77.0.10 v1`, or what came instead. */
  readonly text: string;
}

/** The path of a Traefik binary; throws how to get one if there is none. */
export async function findTraefik(signal: AbortSignal): Promise<string> {
  const script = fileURLToPath(new URL("../traefik.sh", import.meta.url));
  return await runScript(script, [], signal).catch((error: Error) => {
    throw new Error(error.message.replaceAll("lab/traefik.sh: ", ""));
  });
}

export async function traefikFront(binary: string, rollcall: Rollcall, fleet: Fleet, home: Home, ending: Ending) {
  const { signal } = ending;
  const [web, api] = [await freePort(), await freePort()];
  const config = join(home.path, "traefik.yaml");
  writeFileSync(config, configText(rollcall.endpoint, web, api));
  // Flags would be ignored on a machine with a configuration in /etc/traefik: Traefik uses either a file or flags.
  startProgram({ name: "traefik", command: binary, args: [`--configFile=${config}`] }, home, ending);
  const ask = asker(ending);
  const visit = async ({ host, path }: Place) => {
    const url = `http://127.0.0.1:${web}${path}`;
    return { command: `curl -H 'Host: ${host}' ${url}`, ...(await ask(url, host)) };
  };
  const ping = () => ask(`http://127.0.0.1:${api}/ping`).catch(() => undefined);
  await until("Traefik listens", async () => ((await ping())?.status === 200 ? true : undefined), { signal });
  const front: Front = {
    name: "Traefik",
    traefik: { web: `http://127.0.0.1:${web}/`, dashboard: `http://127.0.0.1:${api}/dashboard/` },
    ask: () => visit({ host: fleet.host, path: "/" }),
    visit,
  };
  return { front, config };
}

/** Polls the provider and sends requests to the document's servers in turn, as Traefik does. */
export function directFront(rollcall: Rollcall, fleet: Fleet, ending: Ending): Front {
  const ask = asker(ending);
  let turn = 0;
  return {
    name: "the servers of the document",
    traefik: undefined,
    visit: undefined,
    async ask() {
      const { status, servers } = await rollcall.document();
      const all = servers(fleet.hero.name);
      const url = all[turn++ % Math.max(1, all.length)];
      if (url === undefined) return { command: `curl ${rollcall.endpoint}`, status, text: "no servers" };
      return { command: `curl ${url}/`, ...(await ask(url)) };
    },
  };
}

function asker({ signal, after }: Ending) {
  const dispatcher = new Agent({ connections: 64 });
  after("connections", () => dispatcher.destroy());
  return async (url: string, host?: string): Promise<Omit<Reply, "command">> => {
    const headers = host === undefined ? {} : { host };
    const answer = await request(url, { dispatcher, headers, signal, headersTimeout: 5000, bodyTimeout: 5000 });
    return { status: answer.statusCode, text: (await answer.body.text()).trim() };
  };
}

function configText(endpoint: string, web: number, api: number): string {
  return `providers:
  providersThrottleDuration: 100ms
  http:
    endpoint: ${endpoint}
    pollInterval: 1s
entryPoints:
  web: { address: "127.0.0.1:${web}" }
  traefik: { address: "127.0.0.1:${api}" }
api: { insecure: true }
ping: {}
global: { checkNewVersion: false, sendAnonymousUsage: false }
`;
}
