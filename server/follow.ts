import { createHash } from "node:crypto";
import { setMaxListeners } from "node:events";
import { hostname } from "node:os";
import { faultText } from "../files/fault.ts";
import { steadyNow } from "../files/steady-now.ts";
import { openAccess } from "./access/open-access.ts";
import { type Config, resyncOf } from "./config.ts";
import { compose } from "./document/compose.ts";
import { createPublisher } from "./document/publisher.ts";
import { snapshot } from "./document/snapshot.ts";
import { createCommonVersion } from "./follow/common-version.ts";
import { openLastDocument } from "./follow/last-document.ts";
import { openEtcd } from "./follow/open-etcd.ts";
import { upstreamSchema } from "./follow/settings.ts";
import { followUpstreams } from "./follow/upstreams.ts";
import { createAdmin } from "./http/admin.ts";
import { createListeners } from "./http/both-listeners.ts";
import { live } from "./http/live-pollers.ts";
import { createMetrics } from "./http/metrics.ts";
import { createPollers, shortestLife } from "./http/pollers.ts";
import { createPropagation } from "./http/propagation.ts";
import { createProviderRoute } from "./http/provider.ts";
import { statusOf } from "./http/status-of.ts";
import { createToken } from "./http/token.ts";
import type { Writes } from "./http/writes.ts";
import { runOutputs } from "./outputs.ts";
import type { Plan } from "./roll-call/plan.ts";
import { createStateTimes } from "./roll-call/state-times.ts";
import { noRoutes } from "./routes/parse-routes.ts";
import type { ServeOptions, Serving } from "./serve.ts";
import { aborted } from "./sources/wake.ts";
import { openStateDirectory } from "./state/state-directory.ts";
import { askTraefik } from "./traefik-api/ask.ts";
import { createTraefiks } from "./traefik-api/traefiks.ts";
import { openToken } from "./writes.ts";

const empty: Plan = { state: "ready", waiting: [], groups: [], labelled: [], stale: [] };
const lacking: Plan["waiting"] = [
  { group: null, replica: null, reason: "not-read", detail: "no upstream has given a document yet" },
];

/** The configuration with the URLs of the command line in place of its own, if there are any. Throws for one that is none. */
export function following(config: Config, urls: readonly string[]): Config {
  if (urls.length === 0) return config;
  const follow = urls.map((url) => {
    const { data, error } = upstreamSchema.safeParse(url);
    if (data === undefined) throw new Error(`${url.replace(/\/\/.*@/, "//")}: ${error.issues[0]?.message}`);
    return data;
  });
  return { ...config, follow };
}

/** Starts a server whose document is that of the rollcalls in `follow`. Rejects if it can't start, and leaves nothing open then. */
export async function follow({ config, version, log, signal: stop }: ServeOptions): Promise<Serving> {
  if (config.follow.length === 0) throw new Error("nothing to follow: name the provider's URL of another rollcall");
  const failed = new AbortController();
  const signal = AbortSignal.any([stop, failed.signal]);
  setMaxListeners(0, signal);
  const metrics = createMetrics({ version });
  const { provider, admin, traefik } = config;
  const state = await openStateDirectory(config.state, traefik.version, log);
  const last = await openLastDocument(config.state, traefik.version, log).catch(async (error) => {
    await state.close();
    throw error;
  });
  // A Traefik that this directory's previous server gave a document may not have polled yet.
  const unseenUntil = last.kept ? steadyNow() + shortestLife : 0;
  const planOf = (status: number): Plan => (status === 200 ? empty : { ...empty, state: "locked", waiting: lacking });
  // The upstream has gathered changes already.
  const publisher = createPublisher(last.kept ?? snapshot(planOf(423)), 0, (error) =>
    log.error({ problem: faultText(error) }, "a listener of new versions failed"),
  );
  const pollers = createPollers();
  const reached = createPropagation(publisher, metrics.propagated);
  const onApplied = (ordinal: number) => reached("applied", ordinal);
  const traefiks = createTraefiks({ apis: traefik.api, ask: askTraefik, log, onApplied });
  const asking = traefiks.run(publisher, signal);
  const outputs = runOutputs({ ...config, resync: resyncOf(config), aside: config.state, publisher, log, signal });
  const route = createProviderRoute({
    publisher,
    pollers,
    hold: provider.hold,
    onPoll: metrics.polled,
    onGiven: (ordinal) => reached("fetched", ordinal),
    onCut: ({ address, name, cap }) => log.warn({ address, name, cap }, "a client cut a held poll"),
  });
  // Listeners are called in order: the route has answered the held polls first.
  publisher.onVersion((newest) => {
    log.info({ version: newest.version }, "published");
    last.write(newest);
  });
  const commonVersion = createCommonVersion(publisher);
  const acknowledged = () => {
    const now = steadyNow();
    if (now < unseenUntil) return undefined;
    const known = traefiks.rows().filter(({ answering }) => answering);
    const runs = [...live(pollers.list()).map(({ read }) => read), ...known.map(({ applied }) => applied)];
    return commonVersion([...runs, ...outputs.rows().map(({ loaded }) => loaded.filter(({ at }) => at <= now))]);
  };
  const ways = config.follow.map((one) => ("etcd" in one ? openEtcd(one) : openAccess(one)));
  const upstreams = followUpstreams({
    ways,
    name:
      hostname()
        .replaceAll(/[^\w.-]/g, "-")
        .slice(0, 64) || "follower",
    // A state directory has one server.
    agent: `rollcall-follow/${createHash("sha256").update(`${hostname()} ${config.state}`).digest("hex").slice(0, 12)}`,
    traefik: traefik.version,
    current: publisher.current,
    acknowledged,
    take: publisher.offer,
    log,
    signal,
  });
  const times = createStateTimes();
  const listeners = createListeners();
  const status = () =>
    statusOf({
      ...{ plan: planOf(publisher.current().status), composed: compose(empty), routes: noRoutes },
      ...{ declared: { directory: "", groups: [], problem: undefined }, marks: new Map(), times },
      snapshot: publisher.current(),
      published: publisher.since(),
      ordinal: publisher.ordinal(),
      settling: publisher.settling(),
      stateProblem: last.problem(),
      listeners: listeners.rows(),
      sources: upstreams.rows(),
      pollers: pollers.list(),
      traefiks: traefiks.rows(),
      outputs: outputs.rows(),
      releaseOf: () => undefined,
      unseenUntil,
      now: steadyNow(),
    });
  const refuse = () => ({
    status: 409 as const,
    detail: `this server follows ${ways.map(({ url }) => url).join(", ")}: drain there`,
  });
  const token = createToken(config);
  const writes: Writes = {
    token,
    drain: refuse,
    takeBack: refuse,
    accept: new Map(),
    kept: async () => last.problem(),
    log,
  };
  async function end() {
    failed.abort();
    route.release();
    await listeners.close();
    await Promise.all([upstreams.ended, asking, outputs.ended]);
    publisher.close();
    await last.settled();
    await state.close();
  }
  let bound: Pick<Serving, "provider" | "admin">;
  try {
    const pages = createAdmin({
      writes,
      host: admin.listen.host,
      hosts: admin.hosts,
      status,
      metrics: () => metrics.render(status(), upstreams.rows(), 0),
    });
    bound = await listeners.open({ provider, admin, route, pages, token, openToken: () => openToken(token, log), log });
  } catch (error) {
    await end();
    throw error;
  }
  log.info(bound, "listening");
  const reload = async () =>
    log.info(
      "nothing to read again: a follower has no group files, and reads tokens and certificates as they are used",
    );
  return { ...bound, reload, ended: aborted(signal).then(end) };
}
