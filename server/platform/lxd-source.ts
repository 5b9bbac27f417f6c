import type { Logger } from "pino";
import type { SourceState } from "../roll-call/observed.ts";
import type { Source } from "../sources/source.ts";
import { createWakeUp } from "../sources/wake.ts";
import type { AddressOptions } from "./address.ts";
import { createClient } from "./client.ts";
import { announcedStop, followEvents, isWorthALook, touchesNetworks } from "./events.ts";
import { createLooker } from "./look.ts";
import { backoff, type Chase, isFast, nextLook } from "./pace.ts";
import type { WireEvent } from "./wire.ts";

export interface LxdSourceOptions {
  readonly name: string;
  readonly socket: string;
  readonly projects: readonly string[];
  readonly address: AddressOptions;
  /** The pace of looks when nothing is heard, in milliseconds. */
  readonly resync: number;
  /** How long an event stream may be silent, in milliseconds; without it, as long as `followEvents` says. */
  readonly silence?: number;
  /** Who of this source lacks nothing but an address, after the newest report. They are looked for again soon. */
  readonly lacking: () => readonly string[];
  /** Called after each look with its seconds. */
  readonly onLook: (seconds: number) => void;
  readonly log: Logger;
}

/** An LXD daemon as a source. */
export interface LxdSource extends Source<SourceState> {
  status(): SourceStatus;
  /** Has it look again soon, as an event would. */
  lookAgain(): void;
}

/** How a source fares. It alone writes this. */
export interface SourceStatus {
  readonly name: string;
  readonly socket: string;
  /** `lxd 5.0.2`, once it is known. */
  readonly version: string | undefined;
  /** When the last look ended, in milliseconds since 1970. */
  readonly lastLook: number | undefined;
  /** Why the last look did not read everything. */
  readonly problem: string | undefined;
  /** Why there is no event stream at the moment. */
  readonly eventsProblem: string | undefined;
  readonly events: number;
  readonly reconnects: number;
}

/** Without events a change is found by looking this often, in milliseconds. */
const resyncWithoutEvents = 10_000;
/** How long the first look waits for the event stream, so that nothing falls between them. */
const eventsFirst = 2000;
/** Looks for events that follow each other within this time are looks in a row. */
const rowGap = 300;
/** A stream that lived this long was a good one: the next reconnect begins anew with the shortest wait. */
const goodStream = 5000;

export function createLxdSource(options: LxdSourceOptions): LxdSource {
  const { name, socket, projects, log } = options;
  const looker = createLooker(projects, options.address);
  const status = {
    lastLook: undefined as number | undefined,
    problem: undefined as string | undefined,
    eventsProblem: "not connected yet" as string | undefined,
    events: 0,
    reconnects: -1,
  };
  const wakeUp = createWakeUp();
  const opened = createWakeUp();
  let client = createClient(socket);
  let hinted = false;
  /** The stops that are going on, by operation, and since when. Events come out of order, so a few may stay; they grow old. */
  const stops = new Map<string, number>();

  function onEvent(event: WireEvent) {
    status.events++;
    const stop = announcedStop(event, projects);
    if (stop?.ended) stops.delete(stop.id);
    else if (stop && !stops.has(stop.id)) {
      stops.set(stop.id, performance.now());
      wakeUp.ring();
    }
    if (touchesNetworks(event)) looker.forget();
    if (isWorthALook(event, projects)) lookAgain();
  }
  function lookAgain() {
    hinted = true;
    wakeUp.ring();
  }

  async function follow(signal: AbortSignal) {
    for (let failures = 0; !signal.aborted; ) {
      const began = performance.now();
      const end = await followEvents({
        agent: client.agent,
        signal,
        silence: options.silence,
        onEvent,
        onOpen() {
          status.eventsProblem = undefined;
          status.reconnects++;
          log.info({ source: name }, "event stream open");
          looker.forget();
          opened.ring();
          lookAgain();
        },
      });
      if (signal.aborted) return;
      if (status.eventsProblem === undefined || failures === 0)
        log.warn({ source: name, problem: end.reason }, "no events");
      status.eventsProblem = end.reason;
      opened.ring();
      // Only a new agent is rid of a connection that hangs.
      if (end.hung) {
        client.close();
        client = createClient(socket);
      }
      // Who cut the stream may be gone: looking says so at once.
      lookAgain();
      if (performance.now() - began > goodStream) failures = 0;
      await createWakeUp().wait(backoff(failures++) * (0.5 + Math.random() / 2), signal);
    }
  }

  async function watch(report: (state: SourceState) => void, signal: AbortSignal) {
    let last: { start: number; end: number } | undefined;
    let failures = 0;
    let busy = 0;
    let freezing = false;
    let chase: (Chase & { readonly names: readonly string[] }) | undefined;
    await opened.wait(eventsFirst, signal);
    while (!signal.aborted) {
      const resync =
        status.eventsProblem === undefined ? options.resync : Math.min(options.resync, resyncWithoutEvents);
      const wait =
        nextLook({ last, hinted, busy, failures, chase, stopping: newest(stops), freezing, resync }) -
        performance.now();
      if (wait > 0) {
        await wakeUp.wait(wait, signal);
        continue;
      }
      const start = performance.now();
      busy = hinted && last && start - last.end < rowGap ? busy + 1 : 0;
      hinted = false;
      const state = await looker.look(client);
      if (signal.aborted) return;
      last = { start, end: performance.now() };
      const listings = [...state.values()];
      failures = listings.every(({ problem }) => problem !== undefined) ? failures + 1 : 0;
      freezing = listings.some(({ instances }) =>
        [...(instances?.values() ?? [])].some((one) => one.state === "freezing"),
      );
      note(listings.find(({ problem }) => problem !== undefined)?.problem, (last.end - start) / 1000);
      report(state);
      chase = nextChase(chase, options.lacking(), last);
    }
  }

  function note(problem: string | undefined, seconds: number) {
    if (problem !== undefined && problem !== status.problem) log.warn({ source: name, problem }, "look failed");
    if (problem === undefined && status.problem !== undefined) log.info({ source: name }, "look succeeded again");
    status.problem = problem;
    status.lastLook = Date.now();
    options.onLook(seconds);
  }

  return {
    name,
    lookAgain,
    status: () => ({ name, socket, version: looker.version(), ...status, reconnects: Math.max(0, status.reconnects) }),
    async run(report, signal) {
      signal.addEventListener("abort", () => client.close(), { once: true });
      await Promise.all([follow(signal), watch(report, signal)]);
      client.close();
    },
  };
}

/** When the newest of the stops began. Those of more than a minute ago are let go. */
function newest(stops: Map<string, number>): number | undefined {
  for (const [id, since] of stops) if (performance.now() - since > 60_000) stops.delete(id);
  return [...stops.values()].at(-1);
}

/** A chase begins anew whenever somebody new lacks an address. */
function nextChase(
  chase: (Chase & { readonly names: readonly string[] }) | undefined,
  names: readonly string[],
  last: { readonly start: number; readonly end: number },
) {
  if (names.length === 0) return undefined;
  if (!chase || names.some((name) => !chase.names.includes(name))) return { names, since: last.end, slowLooks: 0 };
  return { ...chase, names, slowLooks: isFast(chase, last) ? chase.slowLooks : chase.slowLooks + 1 };
}
