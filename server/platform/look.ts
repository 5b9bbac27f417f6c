import { type Listing, otherProjects, type SourceState } from "../roll-call/observed.ts";
import { type AddressOptions, namesUnlisted } from "./address.ts";
import { askServer, isStandby } from "./ask-server.ts";
import { createCached } from "./cached.ts";
import { type DaemonClient, deadlines } from "./client.ts";
import { type Cluster, createCluster } from "./cluster.ts";
import { DaemonError } from "./daemon-error.ts";
import { extensions } from "./flavour.ts";
import type { Guard } from "./guard.ts";
import { type Holders, settleAddresses } from "./holders.ts";
import { anotherDaemon, type Identity } from "./identity.ts";
import { readListing, type Seen } from "./listing.ts";
import { wordsOf } from "./no-address.ts";
import type { Operations } from "./operations.ts";
import { isThere, type Projects, readProjects } from "./projects.ts";
import { readInstances } from "./read-instances.ts";
import { withoutReplaced } from "./replaced.ts";
import { createUnderway, withLeaving } from "./underway.ts";
import type { Wanted } from "./wanted.ts";
import type { WireEvent } from "./wire.ts";

/** Looks at one source, and remembers between looks. */
export interface Looker {
  /**
   * Reads every project once, or of what is known already only what is `wanted` or still open; the rest is as the look before saw it. Of
   * `all` projects a whole look lists which there are.
   * All is listed where that costs no more, after `forget`, and where a project or one of the wanted could not be read. Whatever is
   * read, what goes on is read of every project. A project that can't be read keeps its previous listing, with the problem. Never
   * rejects. `early` is told who is leaving before the instances are read: LXD lists none before a forced stop is over (seen on 5.0.2).
   * It is told too of a state without the instances that were replaced under their name since the look before.
   */
  look(client: DaemonClient, early?: (state: SourceState) => void, wanted?: Wanted): Promise<SourceState>;
  /** What an event told of. */
  hear(event: WireEvent): void;
  /** Makes the next look read again what rarely changes: who the server is, its version, the networks' subnets and the images' aliases. */
  forget(): void;
  /** Makes the next look believe what it reads: another daemon, and what a listing has lost. */
  accept(): void;
  /** Why it can't be read what goes on, in which case a stop is only seen when it is over. */
  operationsProblem(): string | undefined;
  /** Its platform and version, once they are known: `lxd 5.0.2`. */
  version(): string | undefined;
  /** The projects that are looked at. Of `all` none before they were listed. */
  projects(): readonly string[];
  /** The cluster that it is one of; undefined while that is not known, or where there is none. */
  cluster(): Cluster | undefined;
}

export function createLooker(projects: Projects, address: AddressOptions, guard: Guard): Looker {
  const seen = new Map<string, Seen>();
  let last: SourceState = new Map();
  let listed: readonly string[] = projects === "all" ? [] : projects;
  const underway = createUnderway();
  const cached = createCached();
  let server: Awaited<ReturnType<typeof readServer>> | undefined;
  let identity: Identity | undefined;
  let holders: Holders = new Map();
  let cluster: Cluster | undefined;

  /** Throws if it is another server than before: the instances of the one before are not gone. */
  async function readServer(client: DaemonClient) {
    // No member of a cluster is waited for here.
    client.deadline = deadlines.standalone;
    const { environment, extensions: known } = await askServer(client);
    client.platform = environment.server === "incus" ? "incus" : "lxd";
    const { server_name: name, certificate_fingerprint: certificate } = environment;
    const now: Identity = { name: name ?? "", certificate: certificate ?? "" };
    const problem = identity && anotherDaemon(now, identity);
    if (problem !== undefined) throw new DaemonError("/1.0", problem);
    identity = now;
    cluster = environment.server_clustered ? (cluster ?? createCluster()) : undefined;
    const deadline = cluster ? deadlines.clustered : deadlines.standalone;
    const knowsReady = known.includes(extensions.knowsReady);
    const readsOne = known.includes(extensions.readsOne);
    const hasReplicas = known.includes(extensions.hasReplicas);
    const version = `${environment.server} ${environment.server_version}`;
    return { version, deadline, knowsReady, readsOne, hasReplicas, words: wordsOf(environment.server) };
  }

  /** Tells who began to leave before the instances are read: LXD lists none before a forced stop is over. */
  function tellLeaving(project: string, goesOn: Operations, early: (listing: Listing) => void) {
    const before = seen.get(project);
    const told = last.get(project);
    const leaving = withLeaving(told?.instances, goesOn);
    if (!before || !told || !leaving) return;
    seen.set(project, { ...before, instances: withLeaving(before.instances, goesOn) ?? before.instances });
    early({ ...told, instances: leaving });
  }

  async function readProject(
    client: DaemonClient,
    project: string,
    early: (listing: Listing) => void,
    wanted: Wanted,
  ): Promise<Listing> {
    const maySkip = server?.readsOne && last.get(project)?.problem === undefined;
    server ??= await readServer(client);
    const { deadline, knowsReady, hasReplicas, words } = server;
    client.deadline = deadline;
    if (hasReplicas && (await isStandby(client, project))) {
      seen.delete(project);
      return { instances: new Map(), isStandby: true, problem: undefined };
    }
    const start = performance.now();
    const goesOn = await underway.read(client, project);
    tellLeaving(project, goesOn, early);
    const before = seen.get(project);
    const asked = { seen: before, wanted: maySkip ? wanted : undefined, cluster };
    const { wire, only } = await readInstances(client, project, asked);
    const found = wire.map(({ name }) => name);
    const others = only ? [...(before?.instances.keys() ?? [])].filter((name) => !only.has(name)) : [];
    const lost = guard.lostFrom(project, new Set([...found, ...others]), start);
    if (lost.names.length > 0) server = await readServer(client);
    const isFrozen = wire.some(({ status_code }) => status_code === 109 || status_code === 110);
    // A snapshot may have begun after the first question.
    const later = isFrozen ? await underway.read(client, project, goesOn) : goesOn;
    const operations = { ...goesOn, freezes: (name: string) => goesOn.freezes(name) || later.freezes(name) };
    const networks = await cached.networks(client, project);
    const nics = wire.flatMap(({ expanded_devices }) => Object.values(expanded_devices ?? {}));
    if (nics.some((device) => namesUnlisted(device, networks))) cached.forgetNetworks(project);
    const options = { ...address, words, networks, before, only, operations, lost, knowsReady };
    const now = readListing(wire, { ...options, now: performance.now() });
    seen.set(project, now);
    const images = await cached.aliases(client, project);
    return { platform: words.platform, instances: now.instances, images, problem: undefined };
  }

  /** Of a project that is listed no more and does not exist: what was served of it is lost, as if a listing lacked it. */
  async function readGone(client: DaemonClient, project: string): Promise<Listing> {
    const lost = guard.lostFrom(project, new Set(), performance.now());
    server = await readServer(client);
    const { words } = server;
    const options = { ...address, words, networks: new Map(), before: seen.get(project), lost };
    const now = readListing([], { ...options, now: performance.now() });
    seen.set(project, now);
    return { platform: words.platform, instances: now.instances, problem: undefined };
  }

  return {
    async look(client, early = () => {}, wanted = undefined) {
      const state = new Map(last);
      if (projects === "all") {
        try {
          const before = listed.join();
          if (!wanted || listed.length === 0) listed = await readProjects(client);
          // What could not be read of a project that was being deleted is no problem any more.
          if (listed.join() !== before) underway.forget();
        } catch (error) {
          const problem = (error as Error).message;
          state.set(otherProjects, { instances: undefined, ...last.get(otherProjects), problem });
          last = new Map([...state].map(([project, listing]) => [project, { ...listing, problem }]));
          return last;
        }
        state.set(otherProjects, { instances: new Map(), problem: undefined });
      }
      const names = new Set(projects === "all" ? [...listed, ...guard.projects()] : projects);
      for (const project of state.keys())
        if (project !== otherProjects && !names.has(project)) for (const known of [state, seen]) known.delete(project);
      for (const project of names) {
        const first = (listing: Listing) => early(new Map(state).set(project, listing));
        const isListed = listed.includes(project) || isThere(client, project);
        const reading = async () =>
          (await isListed) ? readProject(client, project, first, wanted) : readGone(client, project);
        const listing = await reading().catch((error: unknown) => ({
          instances: seen.get(project)?.instances,
          problem: error instanceof Error ? error.message : String(error),
        }));
        state.set(project, listing);
      }
      const settled = settleAddresses(state, holders, performance.now());
      ({ holders } = settled);
      const without = withoutReplaced(settled.state, last);
      if (without) early(without);
      last = settled.state;
      return last;
    },
    hear(event) {
      for (const one of [guard, underway]) one.hear(event);
    },
    forget() {
      server = undefined;
      cached.forget();
      underway.forget();
    },
    accept() {
      identity = undefined;
      guard.accept();
    },
    operationsProblem: underway.problem,
    version: () => server?.version,
    projects: () => listed,
    cluster: () => cluster,
  };
}
