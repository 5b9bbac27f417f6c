import type { Logger } from "pino";
import { steadyNow } from "../../files/steady-now.ts";
import type { SourceState } from "../roll-call/observed.ts";
import type { InstanceSource } from "../sources/source.ts";
import { createWakeUp } from "../sources/wake.ts";
import type { AddressOptions } from "./address.ts";
import { createClient } from "./client.ts";
import { followEvents, isWorthALook, patience, touchesRest } from "./events.ts";
import { createGuard, type GuardShare } from "./guard.ts";
import { isDoubtful } from "./listing.ts";
import { createLooker } from "./look.ts";
import { backoff, nextLook } from "./pace.ts";
import type { WireEvent } from "./wire.ts";

export interface LxdSourceOptions {
  readonly name: string;
  readonly socket: string;
  readonly projects: readonly string[];
  readonly address: AddressOptions;
  /** How many of the served instances a listing may lose silently before ports are asked too. */
  readonly guard: GuardShare;
  /** The time between looks without events, in milliseconds. */
  readonly resync: number;
  /** How long an event stream may be without a ping, in milliseconds. @default what LXD's pings allow */
  readonly patience?: { readonly quiet: number; readonly silence: number };
  /** Called after each look with its seconds. */
  readonly onLook: (seconds: number) => void;
  readonly log: Logger;
}

/** The time between looks, in milliseconds, while events are down, or what an event may not tell is awaited: a lost instance, or one that is leaving. */
const resyncSoon = 10_000;
/** How long the first look waits for the event stream, so that nothing falls between them. */
const eventsFirst = 2000;
/** Looks made for events within this time of each other count as a row. */
const rowGap = 300;
/** After a stream that lived this long the next reconnect starts with the shortest wait again. */
const goodStream = 5000;

/** An LXD daemon as a source. */
export function createLxdSource(options: LxdSourceOptions): InstanceSource {
  const { name, socket, projects, log } = options;
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
  const wakeUp = createWakeUp();
  const opened = createWakeUp();
  let client = createClient(socket);
  let hinted = false;
  let chase: { readonly names: ReadonlySet<string>; readonly since: number } | undefined;

  function onEvent(event: WireEvent) {
    status.events++;
    guard.hear(event);
    if (touchesRest(event)) looker.forget();
    if (isWorthALook(event, projects)) lookAgain();
  }
  function lookAgain() {
    hinted = true;
    wakeUp.ring();
  }

  function askAgain() {
    looker.forget();
    lookAgain();
  }

  async function follow(signal: AbortSignal) {
    for (let failures = 0; !signal.aborted; ) {
      const began = performance.now();
      const end = await followEvents({
        agent: client.agent,
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
          log.info({ source: name }, "event stream open");
          opened.ring();
          askAgain();
        },
      });
      if (signal.aborted) return;
      if (status.eventsProblem === undefined || failures === 0)
        log.warn({ source: name, problem: end.reason }, "no events");
      status.eventsProblem = end.reason;
      opened.ring();
      // Only a new agent gets rid of a hanging connection.
      if (end.hung) {
        client.close();
        client = createClient(socket);
      }
      // The daemon may be gone, or another: a look tells at once.
      askAgain();
      if (performance.now() - began > goodStream) failures = 0;
      await createWakeUp().wait(backoff(failures++) * (0.5 + Math.random() / 2), signal);
    }
  }

  async function watch(report: (state: SourceState, since: number) => void, signal: AbortSignal) {
    let last: { start: number; end: number } | undefined;
    let failures = 0;
    let busy = 0;
    let doubtful = false;
    let awaited = false;
    await opened.wait(eventsFirst, signal);
    while (!signal.aborted) {
      const isSoon = status.eventsProblem !== undefined || awaited;
      const resync = isSoon ? Math.min(options.resync, resyncSoon) : options.resync;
      const wait = nextLook({ last, hinted, busy, failures, chase, doubtful, resync }) - performance.now();
      if (wait > 0) {
        await wakeUp.wait(wait, signal);
        continue;
      }
      const start = performance.now();
      busy = hinted && last && start - last.end < rowGap ? busy + 1 : 0;
      hinted = false;
      const state = await looker.look(client, (some) => report(some, start));
      if (signal.aborted) return;
      last = { start, end: performance.now() };
      const listings = [...state.values()];
      failures = listings.every(({ problem }) => problem !== undefined) ? failures + 1 : 0;
      const instances = listings.flatMap((one) => [...(one.instances?.values() ?? [])]);
      doubtful = instances.some(isDoubtful);
      awaited = instances.some(({ agreed, leaving }) => agreed || leaving !== undefined);
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
    status.problem = problem;
    status.lastLook = steadyNow();
    if (problem === undefined) status.lastGoodLook = status.lastLook;
    options.onLook(seconds);
  }

  return {
    name,
    lookAgain,
    chase(names) {
      const isNew = names.some((one) => !chase?.names.has(one));
      // A new name starts it again, so that one that never gets an address slows no other.
      if (isNew) chase = { names: new Set(names), since: performance.now() };
      else chase = chase && names.length > 0 ? { ...chase, names: new Set(names) } : undefined;
      if (isNew) wakeUp.ring();
    },
    guard: guard.watch,
    accept() {
      looker.accept();
      askAgain();
    },
    status: () => ({ name, socket, version: looker.version(), ...status, reconnects: Math.max(0, status.reconnects) }),
    async run(report, signal) {
      signal.addEventListener("abort", () => client.close(), { once: true });
      await Promise.all([follow(signal), watch(report, signal)]);
      client.close();
    },
  };
}
