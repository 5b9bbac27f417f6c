import { steadyNow } from "../../files/steady-now.ts";
import { otherProjects, type SourceState } from "../roll-call/observed.ts";
import type { InstanceSource } from "../sources/source.ts";
import { createWakeUp } from "../sources/wake.ts";
import type { AddressOptions } from "./address.ts";
import { createClient } from "./client.ts";
import { createPlatformCheck, type DeclaredSource } from "./declared.ts";
import type { Endpoint } from "./endpoint.ts";
import { failedEnd, isWorthALook, patience, touchesRest } from "./events.ts";
import { type Follower, startFollowing } from "./follow.ts";
import { followMembers, type MembersOptions } from "./follow-members.ts";
import { createGuard, type GuardShare } from "./guard.ts";
import { isDoubtful } from "./listing.ts";
import { createLooker } from "./look.ts";
import { createChase, type Look, nextLook, wholeDue } from "./pace.ts";
import type { Projects } from "./projects.ts";
import { createUnheard } from "./unheard.ts";
import { createHints, isAwaited } from "./wanted.ts";
import type { WireEvent } from "./wire.ts";

export interface DaemonSourceOptions extends DeclaredSource, MembersOptions {
  readonly endpoint: Endpoint;
  readonly projects: Projects;
  readonly address: AddressOptions;
  /** How many of the served instances a listing may lose silently before ports are asked too. */
  readonly guard: GuardShare;
  /** The time between looks that read everything, in milliseconds, or `auto` (`wholeDue`). */
  readonly resync: number | "auto";
  /** How long an event stream may be without a ping, in milliseconds. @default what LXD's pings allow */
  readonly patience?: { readonly quiet: number; readonly silence: number };
  /** Called after each look with its seconds. */
  readonly onLook: (seconds: number) => void;
}

/** How long the first look waits for the event stream, so that nothing falls between them. */
const eventsFirst = 2000;
/** Looks made for events within this time of each other count as a row. */
const rowGap = 300;

/** An LXD or Incus as a source. */
export function createDaemonSource(options: DaemonSourceOptions): InstanceSource {
  const { name, endpoint, projects, log } = options;
  const guard = createGuard(options.guard);
  const looker = createLooker(projects, options.address, guard);
  const { quiet, silence } = options.patience ?? patience;
  const status = {
    lastLook: undefined as number | undefined,
    lastGoodLook: undefined as number | undefined,
    problem: undefined as string | undefined,
    eventsProblem: "not connected yet" as string | undefined,
    operationsProblem: undefined as string | undefined,
    events: 0,
    reconnects: -1,
  };
  const unheard = createUnheard();
  const checkPlatform = createPlatformCheck(options);
  const wakeUp = createWakeUp();
  const opened = createWakeUp();
  const client = createClient(endpoint);
  const hints = createHints();
  const chase = createChase();

  function onEvent(event: WireEvent) {
    status.events++;
    looker.hear(event);
    if (touchesRest(event)) looker.forget();
    if (!isWorthALook(event, projects)) return;
    unheard.hear();
    hints.hear(event);
    chase.also(failedEnd(event), performance.now());
    wakeUp.ring();
  }
  function lookAgain() {
    hints.everything();
    wakeUp.ring();
  }
  const eventsProblem = () => status.eventsProblem ?? unheard.problem(performance.now());
  function askAgain() {
    looker.forget();
    lookAgain();
  }

  function follow(signal: AbortSignal) {
    return startFollowing({
      client,
      isRemote: "urls" in endpoint,
      projects,
      signal,
      quiet,
      silence,
      onEvent,
      onQuiet(isQuiet) {
        status.eventsProblem = isQuiet ? `no ping for ${quiet / 1000} s` : undefined;
        if (isQuiet) askAgain();
      },
      onOpen() {
        status.eventsProblem = undefined;
        status.reconnects++;
        log.info({ source: name, endpoint: client.where() }, "event stream open");
        opened.ring();
        unheard.forget();
        askAgain();
      },
      onEnd(reason, isFirst) {
        if (status.eventsProblem === undefined || isFirst) log.warn({ source: name, problem: reason }, "no events");
        status.eventsProblem = reason;
        opened.ring();
        // The daemon may be gone, or another: a look tells at once.
        askAgain();
      },
    });
  }

  async function watch(report: (state: SourceState, since: number) => void, follower: Follower, signal: AbortSignal) {
    let last: Look | undefined;
    let whole: Look | undefined;
    let failures = 0;
    let busy = 0;
    let doubtful = false;
    let awaited = false;
    await opened.wait(eventsFirst, signal);
    while (!signal.aborted) {
      const hinted = hints.any();
      const seen = { last, whole, hinted, busy, failures, chase: chase.begun(), doubtful, awaited };
      const [hears, failed] = [eventsProblem() === undefined, status.problem !== undefined];
      const facts = { ...seen, resync: options.resync, hears, failed };
      const wait = nextLook(facts) - performance.now();
      if (wait > 0) {
        await wakeUp.wait(wait, signal);
        continue;
      }
      const start = performance.now();
      busy = hinted && last && start - last.end < rowGap ? busy + 1 : 0;
      const named = hints.take();
      const isPart = failures === 0 && start < wholeDue(facts);
      const wanted = named && isPart ? { named, chased: chase.names(start) } : undefined;
      const state = await looker.look(client, (some) => report(some, start), wanted);
      if (signal.aborted) return;
      last = { start, end: performance.now() };
      if (!wanted) whole = last;
      follower.see(looker.projects());
      const listings = [...state.values()];
      const isFailed = [...state].every(([project, { problem }]) => project === otherProjects || problem !== undefined);
      failures = isFailed ? failures + 1 : 0;
      const instances = listings.flatMap((one) => [...(one.instances?.values() ?? [])]);
      unheard.look(instances, last.end);
      doubtful = instances.some(isDoubtful);
      awaited = instances.some(isAwaited);
      note(listings.find(({ problem }) => problem !== undefined)?.problem, (last.end - start) / 1000);
      report(state, start);
    }
  }

  function note(problem: string | undefined, seconds: number) {
    if (problem !== undefined && problem !== status.problem) log.warn({ source: name, problem }, "look failed");
    if (problem === undefined && status.problem !== undefined) log.info({ source: name }, "look succeeded again");
    const operationsProblem = looker.operationsProblem();
    if (operationsProblem !== undefined && status.operationsProblem === undefined)
      log.warn(
        { source: name, problem: operationsProblem },
        "running operations can't be read: a stop is only seen when it is over",
      );
    status.operationsProblem = operationsProblem;
    checkPlatform(client.platform);
    status.problem = problem;
    status.lastLook = steadyNow();
    if (problem === undefined) status.lastGoodLook = status.lastLook;
    options.onLook(seconds);
  }

  return {
    name,
    lookAgain,
    chase(names) {
      if (chase.set(names, performance.now())) wakeUp.ring();
    },
    guard: guard.watch,
    accept() {
      looker.accept();
      askAgain();
    },
    status: () => ({
      name,
      endpoint: client.where(),
      version: looker.version(),
      members: looker.cluster()?.members() ?? [],
      ...status,
      eventsProblem: eventsProblem(),
      reconnects: Math.max(0, status.reconnects),
    }),
    async run(report, signal) {
      signal.addEventListener("abort", () => client.close(), { once: true });
      const members = { ...options, cluster: looker.cluster, client, onChange: askAgain, signal };
      const follower = follow(signal);
      await Promise.all([follower.ended, watch(report, follower, signal), followMembers(members)]);
    },
  };
}
