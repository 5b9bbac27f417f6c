import type { Logger } from "pino";
import { createObjectDecoder, createObjectReader } from "../traefik/read-object.ts";
import type { Config } from "./config.ts";
import { remarkLine } from "./document/choose.ts";
import { type Routed, routing } from "./document/compose.ts";
import { instanceLine } from "./document/instance-rows.ts";
import { createPublisher, type Publisher } from "./document/publisher.ts";
import { snapshot } from "./document/snapshot.ts";
import { createLabelReader } from "./labels/label-reader.ts";
import { allowedNames, labelledProjects, mayDeclare } from "./labels/label-sources.ts";
import { createLxdSource, type SourceStatus } from "./platform/lxd-source.ts";
import { findSocket } from "./platform/socket.ts";
import type { Declared } from "./roll-call/declared.ts";
import { noMemory } from "./roll-call/memory.ts";
import type { SourceState } from "./roll-call/observed.ts";
import type { Plan } from "./roll-call/plan.ts";
import { callRoll } from "./roll-call/roll-call.ts";
import { createStateTimes, type StateTimes } from "./roll-call/state-times.ts";
import type { Routes } from "./routes/parse-routes.ts";
import { createRoutesSource } from "./routes/routes-source.ts";
import { createGroupsSource } from "./sources/groups-source.ts";
import { createWakeUp } from "./sources/wake.ts";
import type { Kept } from "./state/format.ts";
import { keptRoutes, under } from "./state/kept-routes.ts";
import type { StateDirectory } from "./state/state-directory.ts";

export interface WalkOptions {
  readonly config: Config;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly state: StateDirectory;
  readonly onLook: (source: string, seconds: number) => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** From the sources to the published snapshot. */
export interface Walk {
  readonly publisher: Publisher;
  readonly plan: () => Plan;
  readonly declared: () => Declared;
  readonly routes: () => Routes;
  /** What of the groups, the routes and the labels is served, and what is not. */
  readonly routed: () => Routed;
  readonly since: StateTimes;
  readonly sources: () => SourceStatus[];
  /** Has the group files and the route files read again. */
  reload(): void;
  /** Resolves once the group files and the route files have been read, with or without success. */
  readonly read: Promise<unknown>;
  /** Resolves after the signal aborted and every handle is closed. */
  readonly ended: Promise<void>;
}

/** How long the first listings are awaited before what the disk remembers is served. */
const firstListings = 2000;

/** Starts to walk. */
export async function startWalk({ config, environment, state, onLook, log, signal }: WalkOptions): Promise<Walk> {
  const { kept, problem } = await state.read();
  if (problem !== undefined) log.error(problem);

  let declared: Declared = { directory: config.groups, groups: kept.groups, problem: undefined };
  const observed = new Map<string, SourceState>();
  let memory = kept.memory;
  const places = labelledProjects(config.sources);
  let { plan } = callRoll(noMemory, declared, observed, places);
  let routes: Routes = { files: under(config.routes, kept.routes), problems: [] };
  /**
   * Of the last document that was unlocked; another one of an object may be served instead of a bad one. At the start it is what
   * the disk remembers: a UDP router that is gone from the files has to be ended too.
   */
  let previous = rememberedObjects(kept, declared);
  const { version } = config.traefik;
  const readLabels = createLabelReader(places, createObjectDecoder(version), version);
  const allowed = allowedNames(config.traefik.uses, places);
  const route = () =>
    routing(plan, {
      routes,
      labelled: readLabels(plan.labelled),
      previous,
      allowed,
      mayDeclare: (id) => mayDeclare(places, id),
      traefik: version,
    });
  let routed = route();
  const since = createStateTimes();
  const publisher = createPublisher(snapshot(plan, routed), config.settle);
  publisher.onVersion(({ version, status, waiting }) => log.info({ version, status, waiting }, "published"));

  const groups = createGroupsSource({
    directory: config.groups,
    context: { traefik: version, gate: config.gate, sources: config.sources },
    kept: kept.groups,
    optional: places.length > 0,
    resync: config.resync,
    log,
  });
  const routeFiles = createRoutesSource({
    directory: config.routes,
    kept: routes,
    read: createObjectReader(version),
    resync: config.resync,
    log,
  });
  const sources = config.sources.map(({ name, url, projects, address }) =>
    createLxdSource({
      name,
      socket: url?.slice("unix://".length) ?? findSocket(environment),
      projects,
      address,
      resync: config.resync,
      lacking: () => lackingAddress(plan, name),
      onLook: (seconds) => onLook(name, seconds),
      log,
    }),
  );

  const silent = new Set([groups.name, routeFiles.name, ...sources.map(({ name }) => `source ${name}`)]);
  const allHeard = createWakeUp();
  const groupsRead = createWakeUp();
  const routesRead = createWakeUp();
  let started = false;

  /** The walk itself. Every report comes this way, and what leaves is bytes. */
  function recall() {
    // Before the first listings nobody is known to be present, whatever the disk remembers.
    const called = callRoll(started ? memory : noMemory, declared, observed, places);
    plan = called.plan;
    const said = new Set(linesOf(routed));
    routed = route();
    for (const line of linesOf(routed)) if (!said.has(line)) log.warn(line);
    if (plan.state === "ready") previous = routed.objects;
    since.note(plan);
    publisher.offer(snapshot(plan, routed));
    if (!started) return;
    memory = called.memory;
    state.write({ memory, groups: declared.groups, routes: keptRoutes(routes, previous) });
  }
  function heard(name: string) {
    silent.delete(name);
    if (silent.size === 0) allHeard.ring();
    if (started) recall();
  }

  async function run() {
    const running = [
      groups.run((state) => {
        declared = state;
        heard(groups.name);
        groupsRead.ring();
        // Who is new in a file may lack an address, for which there is no event.
        for (const source of sources) source.lookAgain();
      }, signal),
      routeFiles.run((state) => {
        routes = state;
        heard(routeFiles.name);
        routesRead.ring();
      }, signal),
      ...sources.map((source) =>
        source.run((state) => {
          observed.set(source.name, state);
          heard(`source ${source.name}`);
        }, signal),
      ),
    ];
    await allHeard.wait(firstListings, signal);
    started = true;
    if (!signal.aborted) recall();
    await Promise.all(running);
    publisher.close();
    await state.settled();
  }

  const read = Promise.all([groupsRead.wait(firstListings, signal), routesRead.wait(firstListings, signal)]);
  return {
    publisher,
    plan: () => plan,
    declared: () => declared,
    routes: () => routes,
    routed: () => routed,
    since,
    sources: () => sources.map((source) => source.status()),
    reload() {
      groups.lookAgain();
      routeFiles.lookAgain();
    },
    read,
    ended: run(),
  };
}

function rememberedObjects({ memory, routes }: Kept, declared: Declared): Routed["objects"] {
  const { plan } = callRoll(memory, declared, new Map());
  const ofGroups = plan.state === "ready" ? routing(plan).objects : [];
  return new Map([...[...routes.values()].flat().map(({ id, value }) => [id, value] as const), ...ofGroups]);
}

/** What a log says of what is not served as it is declared. */
function linesOf({ remarks, instanceProblems }: Routed): string[] {
  return [...remarks.map(remarkLine), ...instanceProblems.map(instanceLine)];
}

function lackingAddress({ groups, labelled }: Plan, source: string): string[] {
  const replicas = groups.filter(({ group }) => group.source === source).flatMap(({ replicas }) => replicas);
  const instances = labelled.filter((one) => one.source === source).map((one) => ({ ...one, replica: one.instance }));
  return [...replicas, ...instances].filter(({ reason }) => reason === "no-address").map(({ replica }) => replica);
}
