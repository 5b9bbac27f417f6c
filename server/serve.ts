import { setMaxListeners } from "node:events";
import type { Logger } from "pino";
import { steadyNow } from "../files/steady-now.ts";
import { type Config, resyncOf } from "./config.ts";
import { createFileSources } from "./file-sources.ts";
import { createAdmin } from "./http/admin.ts";
import { createListeners } from "./http/both-listeners.ts";
import { markRowsOf } from "./http/mark-rows.ts";
import { createMetrics } from "./http/metrics.ts";
import { createPollers, shortestLife } from "./http/pollers.ts";
import { createPropagation } from "./http/propagation.ts";
import { createProviderRoute } from "./http/provider.ts";
import { statusOf } from "./http/status-of.ts";
import { createToken } from "./http/token.ts";
import { runOutputs } from "./outputs.ts";
import { runPeers } from "./peers.ts";
import { createDaemonSource } from "./platform/daemon-source.ts";
import { endpointOf } from "./platform/endpoint.ts";
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
    createDaemonSource({
      ...source,
      endpoint: endpointOf(source, environment),
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
  const before = () => peers.meet();
  const walk = startWalk({ wiring, files, sources, probes, state, settle: config.settle, before, log, signal });
  const pollers = createPollers();
  const { provider, admin } = config;
  const reached = createPropagation(walk.publisher, metrics.propagated);
  const onApplied = (ordinal: number) => reached("applied", ordinal);
  const traefiks = createTraefiks({ apis: config.traefik.api, ask: askTraefik, log, onApplied });
  const asking = traefiks.run(walk.publisher, signal);
  const { publisher } = walk;
  const outputs = runOutputs({ ...config, resync: resyncOf(config), aside: config.state, publisher, log, signal });
  const route = createProviderRoute({
    publisher: walk.publisher,
    pollers,
    hold: provider.hold,
    onPoll: metrics.polled,
    onGiven: (ordinal) => reached("fetched", ordinal),
    onCut: ({ address, name, cap }) =>
      log.warn({ address, name, cap }, "a client cut a held poll: its polls are held for half as long, for an hour"),
  });
  const listeners = createListeners();
  const drainParts = () => ({
    marks: walk.marks.current(),
    snapshot: walk.publisher.current(),
    ordinal: walk.publisher.ordinal(),
    pollers: pollers.list(),
    traefiks: traefiks.rows(),
    outputs: outputs.rows(),
    isWritten: peers.writes,
    releaseOf: walk.marks.releaseOf,
    unseenUntil,
    now: steadyNow(),
  });
  const ownMarks = () => markRowsOf(drainParts());
  const peers = runPeers({ config, version, walk, sources, outputs: outputs.rows, ownMarks, log, signal });
  const status = () =>
    statusOf({
      ...walk.inputs(),
      ...walk.outcome(),
      ...drainParts(),
      published: walk.publisher.since(),
      settling: walk.publisher.settling(),
      stateProblem: state.problem(),
      listeners: listeners.rows(),
      sources: sources.map((source) => source.status()),
      peers: peers.rows(),
      peersOf: peers.drains,
      times: walk.times,
    });
  const token = createToken(config);
  let bound: Pick<Serving, "provider" | "admin">;
  try {
    await walk.read;
    const pages = createAdmin({
      writes: createWrites({ walk, sources, token, tell: peers.tell, log }),
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
    bound = await listeners.open({ provider, admin, route, pages, token, openToken: () => openToken(token, log), log });
  } catch (error) {
    failed.abort();
    await Promise.all([walk.ended, asking, outputs.ended, peers.ended, listeners.close()]);
    throw error;
  }
  log.info(bound, "listening");
  async function ended() {
    try {
      // A fault of rollcall in the walk ends everything too: half a server would be worse than none.
      await Promise.race([aborted(signal), walk.ended]);
    } finally {
      failed.abort();
      route.release();
      await listeners.close();
    }
    await Promise.all([walk.ended, asking, outputs.ended, peers.ended]);
  }
  return { ...bound, reload: walk.reload, ended: ended() };
}
