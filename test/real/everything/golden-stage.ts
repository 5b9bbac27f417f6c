import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Agent, request } from "undici";
import { createEmbeddedDaemon } from "../../../embedded-daemon/daemon.ts";
import { freePort } from "../../../lab/demo/free-port.ts";
import { newestTraefik } from "../../../traefik/model/version.ts";
import { filled, goldenGroups, goldenRoutes } from "../../support/cases/golden.ts";
import { documentHas, openStage, type Stage } from "../../support/real/stage.ts";
import type { Rollcall } from "../../support/server/rollcall.ts";
import type { Traefik } from "../../support/traefik/traefik.ts";
import { until } from "../../support/until.ts";
import type { Asked } from "./asked.ts";
import { type Backends, backends, type Certificates, certificates, valuesOf } from "./fill.ts";

/** The golden document, served by rollcall to a Traefik, with everything that it sends to. */
export interface GoldenStage {
  readonly stage: Stage;
  readonly server: Rollcall;
  readonly traefik: Traefik;
  readonly backends: Backends;
  readonly certificates: Certificates;
  /** Of Traefik's entry points on 127.0.0.1; that of `web` is for HTTP, with and without TLS. */
  readonly ports: Readonly<Record<"web" | "inner" | "tcp" | "tcpTls" | "udp" | "udpWeighted", number>>;
  /** Asks Traefik for a host. */
  ask(host: string, how?: How): Promise<Answer>;
  close(): Promise<void>;
}

export interface How {
  readonly path?: string;
  readonly method?: "GET" | "PUT" | "POST" | "OPTIONS";
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
  /** The address of loopback that it is asked from. */
  readonly from?: string;
  /** Asks over TLS, as `tls.connect` takes its options. The authority is trusted. */
  readonly tls?: object;
  /** Another entry point's. */
  readonly port?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  readonly text: string;
  /** What the backend says that it was asked. */
  asked(): Asked;
}

export interface GoldenOptions {
  /** The Traefik binary. */
  readonly binary: string;
  /** The Traefik that the document is for. */
  readonly version?: string;
  /** Further settings of the server. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Starts it all, and resolves when Traefik has every router that is served. */
export async function openGoldenStage({
  binary,
  version = newestTraefik,
  settings = {},
}: GoldenOptions): Promise<GoldenStage> {
  const lxd = await createEmbeddedDaemon();
  const made = await certificates();
  const targets = await backends(made);
  const stage = await openStage({ socket: lxd.socket, project: "rollcall-everything", binary });
  async function close() {
    await stage.close();
    await Promise.all(Object.values(targets).map((target) => target.close()));
    await lxd.close();
  }
  try {
    writeGolden(stage, { ...(await valuesOf(made, targets)), project: stage.project });
    await stage.launch(["web-0", "web-1", "next-0"]);
    const server = await stage.serve({ ...settings, traefik: { version } });
    await documentHas(server, 2);
    await documentHas(server, 1, "next");
    const [inner = 0, tcp = 0, tcpTls = 0, udp = 0, udpWeighted = 0] = await Promise.all(
      Array.from({ length: 5 }, freePort),
    );
    const traefik = await stage.traefik([
      "--providers.http.pollInterval=1s",
      "--entryPoints.web.asDefault=true",
      "--entryPoints.web.forwardedHeaders.insecure=true",
      `--entryPoints.inner.address=127.0.0.1:${inner}`,
      `--entryPoints.tcp.address=127.0.0.1:${tcp}`,
      `--entryPoints.tcp-tls.address=127.0.0.1:${tcpTls}`,
      `--entryPoints.udp.address=127.0.0.1:${udp}/udp`,
      `--entryPoints.udp-weighted.address=127.0.0.1:${udpWeighted}/udp`,
      "--accesslog=true",
      "--metrics.prometheus.addRoutersLabels=true",
      `--tracing.otlp.http.endpoint=http://${targets.collector.address}/v1/traces`,
    ]);
    await everyRouter(server, traefik);
    const ports = { web: Number(traefik.web.split(":")[1]), inner, tcp, tcpTls, udp, udpWeighted };
    const ask: GoldenStage["ask"] = (host, how = {}) =>
      askTraefik(host, { port: ports.web, ...how, ...(how.tls && { tls: { ca: made.ca.cert, ...how.tls } }) });
    await until("it is live", async () => (await ask("web.test")).status === 200);
    return { stage, server, traefik, backends: targets, certificates: made, ports, ask, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function writeGolden({ path }: Stage, values: Readonly<Record<string, string>>): void {
  mkdirSync(join(path, "routes"));
  for (const { name, text } of goldenRoutes()) writeFileSync(join(path, "routes", name), filled(text, values));
  for (const { name, text } of goldenGroups()) writeFileSync(join(path, "groups", name), filled(text, values));
}

/** Over a connection of its own. */
async function askTraefik(host: string, how: How & { readonly port: number }): Promise<Answer> {
  const { path = "/", method = "GET", headers = {}, body, from, tls, port } = how;
  const agent = new Agent({ connect: { servername: host, ...tls }, ...(from && { localAddress: from }) });
  try {
    const answer = await request(`${tls ? "https" : "http"}://127.0.0.1:${port}${path}`, {
      method,
      headers: { host, ...headers },
      dispatcher: agent,
      ...(body !== undefined && { body }),
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    const text = bytes.toString();
    const asked = () => JSON.parse(text) as Asked;
    return { status: answer.statusCode, headers: answer.headers, bytes, text, asked };
  } finally {
    await agent.destroy();
  }
}

/** Resolves once Traefik has every router of the document that is served. */
async function everyRouter(server: Rollcall, traefik: Traefik): Promise<void> {
  type Routers = Readonly<Record<string, { readonly routers?: object } | undefined>>;
  const served = JSON.parse((await server.document()).body) as Routers;
  await until("Traefik has every router", async () => {
    for (const section of ["http", "tcp", "udp"]) {
      const known = await traefik.api<{ name: string }[]>(`/api/${section}/routers?per_page=1000`);
      const names = new Set(known.map(({ name }) => name));
      const wanted = Object.keys(served[section]?.routers ?? {});
      if (wanted.some((name) => !names.has(`${name}@http`))) return false;
    }
    return true;
  });
}
