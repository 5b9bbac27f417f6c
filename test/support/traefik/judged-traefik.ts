import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { request } from "undici";
import { freePort } from "../../../lab/demo/free-port.ts";
import { encode } from "../../../traefik/encode.ts";
import { until } from "../until.ts";
import { startTraefik } from "./traefik.ts";

/** What Traefik's API says of one object. */
export interface State {
  readonly status: string;
  readonly error: readonly string[];
}

/** A running Traefik that is given documents by its HTTP provider, one after the other. */
export interface JudgedTraefik {
  /** Gives it a document, and resolves with the states of its objects, `http.routers/a`; with its log where its process ends or hangs. */
  judge(document: object): Promise<{ readonly states: ReadonlyMap<string, State> } | { readonly died: string }>;
  /** The answer to a request for a host through the entry point web. */
  ask(host: string, path?: string): Promise<string>;
  stop(): Promise<void>;
}

const kinds: Readonly<Record<string, string>> = {
  routers: "http.routers",
  services: "http.services",
  middlewares: "http.middlewares",
  tcpRouters: "tcp.routers",
  tcpServices: "tcp.services",
  tcpMiddlewares: "tcp.middlewares",
  udpRouters: "udp.routers",
  udpServices: "udp.services",
};

/** Starts it with the entry points web, tcp and udp. */
export async function startJudgedTraefik(binary: string): Promise<JudgedTraefik> {
  let body: Buffer = encode({ http: { services: { "marker-0": { loadBalancer: { servers: [] } } } } });
  const server = createServer((_, answer) => answer.end(body)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const flags = [
    `--entryPoints.tcp.address=127.0.0.1:${await freePort()}`,
    `--entryPoints.udp.address=127.0.0.1:${await freePort()}/udp`,
    "--providers.http.pollInterval=50ms",
    "--log.level=ERROR",
    "--providers.providersThrottleDuration=0s",
  ];
  const traefik = await startTraefik({ binary, endpoint, flags });
  let markers = 0;
  return {
    async judge(document) {
      const marker = `marker-${++markers}`;
      const { http } = document as { http?: { services?: object } };
      const services = { ...http?.services, [marker]: { loadBalancer: { servers: [] } } };
      const from = traefik.log().length;
      body = encode({ ...document, http: { ...http, services } });
      return await until("Traefik has the document", async () => {
        const log = traefik.log().slice(from);
        if (log.includes("cannot decode")) throw new Error(log.slice(-1000));
        // After a panic in one of its routines it takes no other document.
        if (/fatal error: stack overflow|Error in Go routine/.test(log)) return { died: log };
        type Raw = Readonly<Record<string, Readonly<Record<string, { status?: string; error?: string[] }>>>>;
        const raw = await traefik.api<Raw>("/api/rawdata").catch((): Raw => ({}));
        return raw.services?.[`${marker}@http`] && { states: statesIn(raw) };
      });
    },
    async ask(host, path = "/") {
      const answer = await request(`http://${traefik.web}${path}`, { headers: { host } });
      return (await answer.body.text()).trim();
    },
    async stop() {
      await traefik.stop();
      server.close();
      server.closeAllConnections();
    },
  };
}

function statesIn(raw: Readonly<Record<string, Readonly<Record<string, { status?: string; error?: string[] }>>>>) {
  const states = new Map<string, State>();
  for (const [key, kind] of Object.entries(kinds))
    for (const [name, { status = "", error = [] }] of Object.entries(raw[key] ?? {}))
      if (name.endsWith("@http")) states.set(`${kind}/${name.slice(0, -"@http".length)}`, { status, error });
  return states;
}
