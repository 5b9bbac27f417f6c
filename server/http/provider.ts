import type { IncomingMessage, ServerResponse } from "node:http";
import type { Publisher } from "../document/publisher.ts";
import type { Snapshot } from "../document/snapshot.ts";
import { type Hold, holdSchema, holdTime } from "./hold.ts";
import { isLive } from "./live-pollers.ts";
import type { Poller, Pollers } from "./pollers.ts";
import { sendProblem } from "./problem.ts";

/** The hot route, `GET /traefik`. */
export interface ProviderRoute {
  /** Answers the request if it is for this route. It writes bytes made beforehand and waits for no source. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** Answers all held polls, and holds no more. */
  release(): void;
}

export interface ProviderOptions {
  readonly publisher: Publisher;
  readonly pollers: Pollers;
  readonly hold: Hold;
  /** Called when a client cut a poll that was held: its cap is lower now. */
  readonly onCut: (poller: Poller) => void;
  /** Called for each answer. */
  readonly onPoll: (status: number) => void;
  /** Called when a live poller was given a newer document than before. */
  readonly onGiven: (ordinal: number) => void;
}

interface Held {
  readonly answer: () => void;
  /** The version that the poller has; undefined if it has none, so that any document is news. */
  readonly version: string | undefined;
}

const mostHeld = 2000;
const noQuery = new URLSearchParams();

export function createProviderRoute({
  publisher,
  pollers,
  hold,
  onPoll,
  onGiven,
  onCut,
}: ProviderOptions): ProviderRoute {
  const waiting = new Set<Held>();
  let released = false;

  // A document is news. A lock is not: the poll may wait for its end.
  publisher.onVersion((snapshot) => {
    if (snapshot.status !== 200) return;
    for (const held of waiting) if (held.version !== snapshot.version) held.answer();
  });

  function handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = request.url ?? "/";
    const path = url.split("?", 1)[0];
    if (path !== "/traefik") return false;
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      sendProblem(response, 405, "Method Not Allowed", "/traefik is read with GET or HEAD");
      return true;
    }
    const query = path.length < url.length ? new URLSearchParams(url.slice(path.length)) : noQuery;
    const asked = query.get("hold");
    const parsed = asked === null ? undefined : holdSchema.safeParse(asked);
    if (parsed && !parsed.success) {
      sendProblem(response, 400, "Bad Request", `hold: ${parsed.error.issues[0]?.message}`);
      return true;
    }
    if (request.method === "HEAD") {
      send(request, response, publisher.current());
      return true;
    }
    poll(request, response, parsed?.data, named(query.get("name")));
    return true;
  }

  function poll(request: IncomingMessage, response: ServerResponse, asked: Hold | undefined, name: string | undefined) {
    const poller = pollers.arrive(request, name);
    const { version, status } = publisher.current();
    const ms = holdTime({
      hold: asked ?? hold,
      asked: asked !== undefined,
      proxied: isProxied(request),
      gaps: poller.gaps,
      cap: poller.cap,
      current: poller.version === version,
      locked: status !== 200,
    });
    if (ms > 0 && !released) return wait(request, response, poller, ms);
    answer(request, response, poller);
  }

  function wait(request: IncomingMessage, response: ServerResponse, poller: Poller, ms: number) {
    const held: Held = {
      version: poller.version,
      answer() {
        end();
        answer(request, response, poller);
      },
    };
    const end = () => {
      clearTimeout(timer);
      waiting.delete(held);
      response.off("close", onClose);
    };
    const onClose = () => {
      end();
      pollers.cut(poller, ms);
      onCut(poller);
    };
    const timer = setTimeout(held.answer, ms);
    response.on("close", onClose);
    poller.held = true;
    waiting.add(held);
    if (waiting.size > mostHeld) for (const oldest of waiting) return oldest.answer();
  }

  function answer(request: IncomingMessage, response: ServerResponse, poller: Poller) {
    const snapshot = publisher.current();
    const ordinal = publisher.ordinal();
    pollers.answered(poller, snapshot);
    if (snapshot.status === 200)
      response.once("finish", () => {
        const { given } = poller;
        pollers.gave(poller, ordinal);
        if (given && given.ordinal < ordinal && isLive(poller)) onGiven(ordinal);
      });
    onPoll(send(request, response, snapshot));
  }

  return {
    handle,
    release() {
      released = true;
      for (const held of waiting) held.answer();
    },
  };
}

/** Writes the snapshot and returns the status it was sent with: 304 for a client that asks with the version it has. */
function send(request: IncomingMessage, response: ServerResponse, snapshot: Snapshot): number {
  const etag = `"${snapshot.version}"`;
  const headers: Record<string, string | number> = { "Cache-Control": "no-cache", Vary: "Accept-Encoding" };
  if (snapshot.status === 200) headers.ETag = etag;
  else headers["Retry-After"] = "1";
  if (snapshot.waiting) headers["Rollcall-Waiting"] = snapshot.waiting;
  if (snapshot.stale) headers["Rollcall-Stale"] = snapshot.stale;
  if (snapshot.status === 200 && names(request.headers["if-none-match"], etag)) {
    response.writeHead(304, headers).end();
    return 304;
  }
  const zipped = takesGzip(request.headers["accept-encoding"]);
  const bytes = zipped ? snapshot.gzip : snapshot.body;
  if (zipped) headers["Content-Encoding"] = "gzip";
  headers["Content-Type"] = snapshot.type;
  headers["Content-Length"] = bytes.length;
  response.writeHead(snapshot.status, headers).end(request.method === "HEAD" ? undefined : bytes);
  return snapshot.status;
}

function names(header: string | undefined, etag: string): boolean {
  return header?.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag) ?? false;
}

function takesGzip(header: string | string[] | undefined): boolean {
  return /(^|,)\s*(gzip|\*)\s*(;\s*q=(?!0(\.0+)?\s*(,|$))[\d.]+\s*)?(,|$)/i.test(`${header ?? ""}`);
}

function isProxied({ headers }: IncomingMessage): boolean {
  return "via" in headers || "forwarded" in headers || "x-forwarded-for" in headers;
}

function named(name: string | null): string | undefined {
  return name !== null && /^[\w.-]{1,64}$/.test(name) ? name : undefined;
}
