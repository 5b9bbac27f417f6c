import type { Logger } from "pino";
import { steadyNow } from "../../files/steady-now.ts";
import type { OpenAccess } from "../access/open-access.ts";
import type { DrainPeer } from "../marks/drain-state.ts";
import { createFirstReports, createWakeUp } from "../sources/wake.ts";
import type { Remembered } from "./adopt.ts";
import { differences, groupInput, type InputDigests } from "./inputs.ts";
import type { Sharing } from "./sharing.ts";
import { waits } from "./waits.ts";
import { type answerReader, type PeerState, placeOf } from "./wire.ts";

export interface PeersOptions {
  readonly ways: readonly OpenAccess[];
  readonly sharing: Sharing;
  /** What is served here, and of what. */
  readonly own: () => { readonly version: string; readonly inputs: InputDigests };
  readonly read: ReturnType<typeof answerReader>;
  /** Has a source take what its listings say. */
  readonly accept: (source: string) => void;
  /** Takes over what a peer remembers. `equal`: whether it declares a group of that name as this server does. */
  readonly adopt: (theirs: Remembered, equal: (group: string) => boolean, follows: boolean) => void;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly signal: AbortSignal;
}

/** How a peer is doing. Times are in milliseconds since 1970. */
export interface PeerRow {
  readonly url: string;
  /** `itself`: the URL is this server's own. */
  readonly state: "agrees" | "differs" | "not answering" | "itself";
  readonly version: string | undefined;
  /** The inputs that it has otherwise. */
  readonly differs: readonly string[];
  readonly problem: string | undefined;
  /** Since when it has that state. */
  readonly since: number;
}

/** The other servers over the same inputs. */
export interface Peers {
  rows(): readonly PeerRow[];
  /** What each of them says of a mark. */
  drains(key: string): readonly DrainPeer[];
  /** Whether one of them writes what this server would write there. */
  writes(target: string): boolean;
  /** The ids of those that answer. */
  asks(): readonly string[];
  /** Takes over what those remember that have answered by now, and from now on what others do. Resolves once each was asked, or after 2 s. */
  meet(): Promise<void>;
  /** Resolves after the signal aborted and every connection is closed. */
  readonly ended: Promise<unknown>;
}

/** How long an answer is held until something changes, in milliseconds. */
export const peerHold = 5000;
const patience = 3000;
const breath = 100;
const longestGap = 5000;
/** Servers that hear of a change at different times differ for a moment. */
const settled = 3000;
/** So often what a peer remembers is asked for again while documents differ. */
const adoptEvery = 10_000;
const oneSided = 10_000;
const mebibyte = 1024 * 1024;

interface Peer {
  readonly way: OpenAccess;
  known: string;
  last: PeerState | undefined;
  /** Since when it has had the id that it has. */
  met: number;
  problem: string | undefined;
  differsSince: number | undefined;
  /** When its memory was last asked for. */
  remembered: number;
  row: PeerRow;
}

export function followPeers(options: PeersOptions): Peers {
  const { ways, sharing, own, read, accept, adopt, log, signal } = options;
  const all = ways.map((way): Peer => {
    const since = steadyNow();
    const none = { known: "", last: undefined, met: 0, problem: undefined, differsSince: undefined, remembered: 0 };
    const problem = "has not answered yet";
    const row = { url: way.url, state: "not answering", version: undefined, differs: [], problem, since } as const;
    return { way, ...none, row };
  });
  let adopting = false;

  async function ask(one: Peer) {
    const wantsMemory = needsMemory(one);
    if (wantsMemory) one.remembered = steadyNow();
    const query = wantsMemory ? "memory" : `known=${one.known}`;
    const limits = { deadline: peerHold + patience, longest: 64 * mebibyte };
    const answer = await one.way.request(`/api/peer?${query}`, { signal, ...limits });
    if (answer.status !== 200)
      throw new Error(
        `${one.way.url} answers ${answer.status}: is it the admin listener of a rollcall of this version?`,
      );
    const { known, state } = read(answer.body, steadyNow());
    if (one.last?.id !== state.id) one.met = steadyNow();
    one.known = known;
    one.last = { ...(one.last?.remembered && { remembered: one.last.remembered }), ...state };
    one.problem = undefined;
    if (state.id === sharing.id) return;
    for (const source of sharing.take(state)) accept(source);
    if (adopting) takeMemory(one);
  }

  function takeMemory(one: Peer) {
    const { last } = one;
    if (!last?.remembered || last.id === sharing.id) return;
    const inputs = own().inputs;
    const equal = (group: string) => inputs.get(groupInput(group)) === last.inputs.get(groupInput(group));
    adopt(last.remembered, equal, last.id < sharing.id);
    const { remembered: _, ...rest } = last;
    one.last = rest;
  }

  /** At the start, and while it serves another document though it has the same inputs. */
  function needsMemory(one: Peer): boolean {
    if (!one.last) return true;
    const { state, differs } = rowOf(one);
    return state === "differs" && differs.length === 0 && steadyNow() - one.remembered >= adoptEvery;
  }

  async function follow(one: Peer) {
    const pause = createWakeUp();
    for (let failed = 0; !signal.aborted; ) {
      try {
        await ask(one);
        failed = 0;
      } catch (error) {
        if (signal.aborted) break;
        one.problem = error instanceof Error ? error.message : String(error);
        one.known = "";
        failed++;
      }
      rowOf(one);
      firsts.heard(one.way);
      await pause.wait(Math.min(longestGap, breath * 2 ** failed), signal);
    }
    await one.way.close();
  }

  function rowOf(one: Peer): PeerRow {
    const found = judged(one);
    const isSame = found.state === one.row.state;
    if (!isSame) {
      const { url, state, problem, differs } = found;
      const told = { peer: url, ...(problem !== undefined && { problem }), ...(differs.length > 0 && { differs }) };
      if (state === "agrees" || state === "itself")
        log.info(told, `the peer ${state === "itself" ? "is this server" : state}`);
      else log.warn(told, state === "differs" ? "the peer differs" : "the peer is not answering");
    }
    one.row = { ...found, since: isSame ? one.row.since : steadyNow() };
    return one.row;
  }

  function judged(one: Peer): Omit<PeerRow, "since"> {
    const { last, problem, way } = one;
    const row = { url: way.url, version: last?.version, differs: [], problem: undefined };
    if (problem !== undefined) return { ...row, state: "not answering", problem };
    if (!last) return one.row;
    if (last.id === sharing.id) return { ...row, state: "itself" };
    const now = steadyNow();
    const { version, inputs } = own();
    const differs = differences(inputs, last.inputs);
    one.differsSince = differs.length > 0 || version !== last.version ? (one.differsSince ?? now) : undefined;
    const isDeaf = !last.asks.includes(sharing.id) && now - one.met > oneSided;
    const deaf = isDeaf ? "does not ask this server: add this server's URL to peers there" : undefined;
    if (one.differsSince === undefined || now - one.differsSince < settled)
      return { ...row, state: "agrees", problem: deaf };
    const other = differs.length === 0 ? "serves another document, of the same inputs" : undefined;
    return { ...row, state: "differs", differs: differs.slice(0, 20), problem: deaf ?? other };
  }

  const others = () => all.filter(({ last }) => last?.id !== sharing.id);
  const firsts = createFirstReports(ways, signal);
  const met = firsts.of(...ways);
  const ended = Promise.all(all.map(follow));
  return {
    rows: () => all.map(rowOf),
    drains: (key) =>
      others().map((one) => ({ name: one.way.url, waits: waits(one, sharing.current().marks.get(key)?.version, key) })),
    writes: (target) => others().some(({ last }) => last?.outputs.includes(placeOf(target))),
    asks: () => others().flatMap(({ last, problem }) => (last && problem === undefined ? [last.id] : [])),
    async meet() {
      await met;
      adopting = true;
      for (const one of all) takeMemory(one);
    },
    ended,
  };
}
