import type { Logger } from "pino";
import { steadyNow } from "../../files/steady-now.ts";
import { unzipped } from "../../files/unzipped.ts";
import type { OpenAccess } from "../access/open-access.ts";
import type { Snapshot } from "../document/snapshot.ts";
import type { SourceStatus } from "../sources/source.ts";
import { createWakeUp } from "../sources/wake.ts";
import { received } from "./received.ts";

export interface UpstreamsOptions {
  /** In the order in which they are preferred. */
  readonly ways: readonly OpenAccess[];
  /** What this server is called in the upstream's status. */
  readonly name: string;
  /** The agent of its polls, which no other follower of this address and name has. */
  readonly agent: string;
  readonly traefik: string;
  readonly current: () => Snapshot;
  /** The version that is served here and that everybody here runs; undefined if somebody may run another one. */
  readonly acknowledged: () => string | undefined;
  readonly take: (snapshot: Snapshot) => void;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly signal: AbortSignal;
  /** How often those that are not followed are asked, in milliseconds. @default 5000 */
  readonly probeEvery?: number;
}

/** The other rollcalls whose document is served here. */
export interface Upstreams {
  /** A row for each, as of a source. */
  rows(): readonly SourceStatus[];
  /** Resolves after the signal aborted and every connection is closed. */
  readonly ended: Promise<unknown>;
}

/** In milliseconds. A locked answer is held for up to 2 s. */
const hold = 3000;
/** While somebody here is yet to run the newest document: so soon the upstream learns that it does. */
const soon = 250;
const lockedHold = 2000;
const patience = 2000;
const longestGap = 2000;
/** So often in a row another upstream has to agree before it is returned to, or to differ before that is said. */
const enough = 3;

interface Upstream {
  readonly way: OpenAccess;
  version: string | undefined;
  asked: number | undefined;
  answered: number | undefined;
  problem: string | undefined;
  /** How often in a row it had the version that is served here, or if negative, another one. */
  agrees: number;
}

/**
 * Polls one of them at a time, and the next when that one fails. It stays with the one that answers, even where another serves something else: versions of
 * different servers have no order. It returns to an earlier one that answers again and has had the same version for a while: to return never changes
 * what is served.
 */
export function followUpstreams(options: UpstreamsOptions): Upstreams {
  const { ways, name, agent, traefik, current, acknowledged, take, log, signal, probeEvery = 5000 } = options;
  const all = ways.map((way): Upstream => {
    const none = { version: undefined, asked: undefined, answered: undefined, problem: undefined };
    return { way, ...none, agrees: 0 };
  });
  let followed = 0;
  const has = () => current().status === 200;

  function note(one: Upstream, problem: string | undefined) {
    one.asked = steadyNow();
    if (problem === undefined) one.answered = one.asked;
    if (problem === one.problem) return;
    if (problem === undefined) log.info({ upstream: one.way.url }, "the upstream answers well again");
    else log.warn({ upstream: one.way.url, problem }, "an upstream is not followed, or differs");
    one.problem = problem;
  }

  /** Resolves with whether it answered, with a document or without a newer one. */
  async function poll(one: Upstream, isFirst: boolean): Promise<boolean> {
    const { version, status } = current();
    const read = acknowledged();
    const wait = isFirst ? 0 : status === 200 && read === version ? hold : soon;
    const headers = {
      "User-Agent": agent,
      "Accept-Encoding": "gzip",
      "Rollcall-Read": read ?? "",
      ...(status === 200 && { "If-None-Match": `"${version}"` }),
    };
    const query = `hold=${wait === 0 ? "off" : `${wait}ms`}&name=${encodeURIComponent(name)}`;
    const deadline = (wait === 0 ? 0 : Math.max(wait, lockedHold)) + patience;
    try {
      const answer = await one.way.request(`/traefik?${query}`, { headers, signal, deadline });
      const etag = String(answer.headers.etag ?? "").replaceAll('"', "");
      if (answer.status === 423) throw new Locked(lockedWords(has()));
      if (answer.status === 304) one.version = version;
      else if (answer.status !== 200)
        throw new Error(`${one.way.url} answers ${answer.status}: is it a rollcall's provider listener?`);
      else {
        const isPacked = answer.headers["content-encoding"] === "gzip";
        const body = isPacked ? unzipped(answer.body) : undefined;
        const bytes = body ? { body, gzip: answer.body } : { body: answer.body };
        const snapshot = received({ ...bytes, version: etag }, traefik, status === 200 ? current().body : undefined);
        one.version = etag;
        take(snapshot);
      }
      note(one, undefined);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      note(one, error instanceof Error ? error.message : String(error));
      // What a locked upstream served before holds, unless there is none and another one may have a document.
      return error instanceof Locked && has();
    }
  }

  async function follow() {
    const pause = createWakeUp();
    let polled: number | undefined;
    for (let failed = 0; !signal.aborted; ) {
      const at = followed;
      const one = all[at] as Upstream;
      if (await poll(one, polled !== at)) {
        if (polled !== at) log.info({ upstream: one.way.url }, "following");
        polled = at;
        failed = 0;
        continue;
      }
      polled = undefined;
      failed++;
      if (followed === at) followed = (at + 1) % all.length;
      if (failed % all.length === 0) await pause.wait(Math.min(longestGap, soon * 2 ** (failed / all.length)), signal);
    }
  }

  /** Asks those that are not followed, without being one of their pollers, whether they are well and agree. */
  async function probe(one: Upstream) {
    try {
      const { headers, status } = await one.way.request("/traefik", { method: "HEAD", signal, deadline: patience });
      if (one === all[followed]) return;
      if (status !== 200) throw new Error(status === 423 ? lockedWords(has()) : `${one.way.url} answers ${status}`);
      one.version = String(headers.etag ?? "").replaceAll('"', "");
      const same = one.version === current().version;
      one.agrees = same ? Math.max(one.agrees, 0) + 1 : Math.min(one.agrees, 0) - 1;
      const differs = `serves another document, ${one.version.slice(0, 12)}, than the one that is followed`;
      note(one, one.agrees <= -enough ? differs : undefined);
    } catch (error) {
      if (signal.aborted || one === all[followed]) return;
      one.agrees = 0;
      note(one, error instanceof Error ? error.message : String(error));
    }
  }

  async function probes() {
    const pause = createWakeUp();
    if (all.length === 1) return;
    while (!signal.aborted) {
      await pause.wait(probeEvery, signal);
      if (signal.aborted) return;
      await Promise.all(all.filter((_, index) => index !== followed).map(probe));
      const better = all.findIndex(({ agrees }, index) => index < followed && agrees >= enough);
      if (better >= 0) followed = better;
      const one = all[followed];
      if (one) one.agrees = 0;
    }
  }

  async function run() {
    await Promise.all([follow(), probes()]);
    await Promise.all(ways.map((way) => way.close()));
  }

  return {
    rows: () =>
      all.map(({ way, version, asked, answered, problem }) => ({
        name: way.url.split("/")[2] ?? way.url,
        endpoint: way.url,
        version,
        lastLook: asked,
        lastGoodLook: answered,
        problem: problem ?? (asked === undefined ? "not asked yet" : undefined),
        eventsProblem: undefined,
        operationsProblem: undefined,
        members: [],
        events: 0,
        reconnects: 0,
      })),
    ended: run(),
  };
}

class Locked extends Error {}

const lockedWords = (kept: boolean) =>
  kept ? "its document is locked (423): what it served last is kept" : "its document is locked (423)";
