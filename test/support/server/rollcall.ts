import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { Client, type Dispatcher, request } from "undici";
import { configSchema, withPathsFrom } from "../../../server/config.ts";
import type { Status } from "../../../server/http/status.ts";
import { type Serving, serve } from "../../../server/serve.ts";

/** A directory of its own for group files, state and configuration. */
export interface Ground {
  readonly path: string;
  /** Writes a group file; the replicas' port is 3000. */
  declare(name: string, replicas: number, more?: string): void;
  clear(): void;
}

export function ground(): Ground {
  const path = mkdtempSync(join(tmpdir(), "rollcall-"));
  mkdirSync(join(path, "groups"));
  return {
    path,
    declare(name, replicas, more = "") {
      const text = `name: ${name}\nreplicas: ${replicas}\nservice: { port: 3000 }\nrouter: { rule: "Host(\`${name}.localhost\`)" }\n${more}`;
      writeFileSync(join(path, "groups", `${name}.yaml`), text);
    },
    clear: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** A server in this process. */
export interface Rollcall extends Serving {
  /** `http://127.0.0.1:PORT/traefik` */
  readonly endpoint: string;
  status(): Promise<Status>;
  document(path?: string): Promise<{ status: number; version: string; body: string; headers: Headers }>;
  /** The URLs or addresses of a service's servers, in whatever section it is; undefined when the document has none of that name. */
  servers(service: string): Promise<string[] | undefined>;
  log(): string;
  stop(): Promise<void>;
}

/** Starts a server on free loopback ports over a ground. `settings` are those of rollcall.yaml. */
export async function startRollcall(
  at: Ground,
  socket: string,
  settings: Record<string, unknown> = {},
  run: typeof serve = serve,
): Promise<Rollcall> {
  const stop = new AbortController();
  const lines: string[] = [];
  const config = configSchema.parse({
    provider: { listen: "127.0.0.1:0" },
    admin: { listen: "127.0.0.1:0" },
    sources: [{ name: "local", url: `unix://${socket}` }],
    ...settings,
  });
  const serving = await run({
    config: withPathsFrom(config, join(at.path, "rollcall.yaml")),
    environment: {},
    version: "test",
    log: pino({ base: null, level: "debug" }, { write: (line: string) => void lines.push(line) }),
    signal: stop.signal,
  });
  const endpoint = `http://${serving.provider}/traefik`;
  // One connection, as a Traefik has: a drain waits 15 s for the poller on another one that stays open.
  const connection = new Client(`http://${serving.provider}`);
  // What only looks on is no Traefik: no drain waits for it after its last look.
  const looking = new Client(`http://${serving.provider}`);
  const ask = async (query: string, dispatcher?: Dispatcher, agent = "node") => {
    const { statusCode, headers, body } = await request(`${endpoint}${query}`, {
      headers: { "User-Agent": agent },
      ...(dispatcher && { dispatcher }),
    });
    const version = String(headers.etag ?? "").replaceAll('"', "");
    return {
      status: statusCode,
      version,
      body: await body.text(),
      headers: new Headers(headers as Record<string, string>),
    };
  };
  return {
    ...serving,
    endpoint,
    document: (query?: string) => (query === undefined ? ask("?hold=off", connection) : ask(query)),
    status: async () => (await (await request(`http://${serving.admin}/api/status`)).body.json()) as Status,
    servers: async (service) => {
      const { status, body } = await ask("?hold=off", looking, "rollcall");
      if (status !== 200) return undefined;
      type Balanced = { loadBalancer?: { servers: { url?: string; address?: string }[] } };
      const sections = JSON.parse(body) as Record<string, { services?: Record<string, Balanced> }>;
      const [found] = ["http", "tcp", "udp"].flatMap((name) => sections[name]?.services?.[service] ?? []);
      return found?.loadBalancer?.servers.map(({ url, address }) => url ?? address ?? "");
    },
    log: () => lines.join(""),
    async stop() {
      stop.abort();
      await serving.ended;
      await Promise.all([connection.destroy(), looking.destroy()]);
    },
  };
}
