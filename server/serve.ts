import { setMaxListeners } from "node:events";
import type { Server } from "node:http";
import type { Logger } from "pino";
import { steadyNow } from "../files/steady-now.ts";
import type { Config } from "./config.ts";
import { createFileSources } from "./file-sources.ts";
import { createAdmin, createProviderApp } from "./http/admin.ts";
import { isLoopback } from "./http/hosts.ts";
import { boundTo, closeServer, listen, providerListener } from "./http/listeners.ts";
import { createMetrics } from "./http/metrics.ts";
import { createPollers, shortestLife } from "./http/pollers.ts";
import { createPropagation } from "./http/propagation.ts";
import { createProviderRoute } from "./http/provider.ts";
import { statusOf } from "./http/status-of.ts";
import { createToken } from "./http/token.ts";
import { createLxdSource } from "./platform/lxd-source.ts";
import { socketOf } from "./platform/socket.ts";
import { createProbes } from "./probes/probes.ts";
import { askOnce } from "./probes/question.ts";
import { aborted } from "./sources/wake.ts";
import { openStateDirectory } from "./state/state-directory.ts";
import { askTraefik } from "./traefik-api/ask.ts";
import { createTraefiks } from "./traefik-api/traefiks.ts";
import { startWalk } from "./walk.ts";
import { createWiring } from "./wiring.ts";
import { createWrites, openToken } from "./writes.ts";

export interface ServeOptions {
  readonly config: Config;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly log: Logger;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

/** A running server. */
export interface Serving {
  /** Where the listeners are bound, `127.0.0.1:7070`. */
  readonly provider: string;
  readonly admin: string;
  /** Reads the group files and the route files again; the log says if nothing has changed. */
  reload(): Promise<void>;
  /** Resolves after the signal aborted and every handle is closed. */
  readonly ended: Promise<void>;
}

/** Starts the server: the walk and the two listeners. Rejects if it can't start, and leaves nothing open then. */
export async function serve({ config, environment, version, log, signal: stop }: ServeOptions): Promise<Serving> {
  const failed = new AbortController();
  const signal = AbortSignal.any([stop, failed.signal]);
  // Every part listens to it for as long as it runs: more of them than Node takes for a leak.
  setMaxListeners(0, signal);
  const metrics = createMetrics({ version });
  const sources = config.sources.map((source) =>
    createLxdSource({
      ...source,
      socket: socketOf(source, environment),
      resync: config.resync,
      onLook: (seconds) => metrics.looked(source.name, seconds),
      log,
    }),
  );
  const state = await openStateDirectory(config.state, config.traefik.version, log);
  // A Traefik that this directory's previous server gave a document may not have polled yet.
  const unseenUntil = state.kept.memory.opened ? steadyNow() + shortestLife : 0;
  const probes = createProbes({ ask: askOnce, onProbe: metrics.probed });
  const wiring = createWiring(config);
  const files = createFileSources(config, wiring, state.kept, log);
  const walk = startWalk({ wiring, files, sources, probes, state, settle: config.settle, log, signal });
  const pollers = createPollers();
  const { provider, admin } = config;
  const reached = createPropagation(walk.publisher, metrics.propagated);
  const onApplied = (ordinal: number) => reached("applied", ordinal);
  const traefiks = createTraefiks({ apis: config.traefik.api, ask: askTraefik, log, onApplied });
  const asking = traefiks.run(walk.publisher, signal);
  const route = createProviderRoute({
    publisher: walk.publisher,
    pollers,
    hold: provider.hold,
    onPoll: metrics.polled,
    onGiven: (ordinal) => reached("fetched", ordinal),
    onCut: ({ address, name, cap }) =>
      log.warn({ address, name, cap }, "a client cut a held poll: its polls are held for half as long, for an hour"),
  });
  const status = () =>
    statusOf({
      ...walk.inputs(),
      ...walk.outcome(),
      marks: walk.marks.current(),
      snapshot: walk.publisher.current(),
      published: walk.publisher.since(),
      ordinal: walk.publisher.ordinal(),
      settling: walk.publisher.settling(),
      stateProblem: state.problem(),
      sources: sources.map((source) => source.status()),
      pollers: pollers.list(),
      traefiks: traefiks.rows(),
      times: walk.times,
      releaseOf: walk.marks.releaseOf,
      unseenUntil,
      now: steadyNow(),
    });
  const token = createToken(config);
  const servers: Server[] = [];
  try {
    await walk.read;
    const rest = createProviderApp(provider.listen.host, provider.hosts);
    const hot = providerListener(route, rest, provider.listen.host, provider.hosts);
    servers.push(await listen(hot, provider.listen));
    await openToken(token, log);
    const pages = createAdmin({
      writes: createWrites({ walk, sources, token, log }),
      host: admin.listen.host,
      hosts: admin.hosts,
      status,
      metrics: () =>
        metrics.render(
          status(),
          sources.map((source) => source.status()),
          probes.size(),
        ),
    });
    servers.push(await listen(pages, admin.listen));
  } catch (error) {
    failed.abort();
    await Promise.all([walk.ended, asking, ...servers.map(closeServer)]);
    throw error;
  }
  if (!isLoopback(provider.listen.host))
    log.warn(
      { listen: provider.listen.host },
      "the provider listener has no authentication, and is open to the network",
    );
  const [providerServer, adminServer] = servers as [Server, Server];
  const bound = { provider: boundTo(providerServer), admin: boundTo(adminServer) };
  log.info(bound, "listening");
  async function ended() {
    try {
      // A fault of rollcall in the walk ends everything too: half a server would be worse than none.
      await Promise.race([aborted(signal), walk.ended]);
    } finally {
      failed.abort();
      route.release();
      await Promise.all(servers.map(closeServer));
    }
    await Promise.all([walk.ended, asking]);
  }
  return { ...bound, reload: walk.reload, ended: ended() };
}
