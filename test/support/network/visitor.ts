import { Pool } from "undici";

/** Asks through Traefik's entry point, each request at once: over a connection that is free, else over a new one. */
export interface Visitor {
  /** The name of the replica that answered, else the status or the error: `web-1`, `502`, `ECONNRESET`. */
  visit(): Promise<string>;
  close(): Promise<void>;
}

export function createVisitor(web: string, host = "web.localhost", patience = 5000): Visitor {
  const timeouts = { connectTimeout: patience, headersTimeout: patience, bodyTimeout: patience };
  const pool = new Pool(`http://${web}`, timeouts);
  return {
    async visit() {
      try {
        const { statusCode, body } = await pool.request({ method: "GET", path: "/", headers: { host } });
        const text = await body.text();
        return statusCode === 200 ? (text.split(/\s/, 1)[0] ?? "") : String(statusCode);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        return code ?? message;
      }
    },
    close: () => pool.destroy(),
  };
}

/** A steady load, and what became of it. */
export interface Load {
  /** How many requests were sent so far, answered or not. */
  readonly sent: number;
  readonly failures: readonly Failure[];
  /** The answers that came more than half a second after their request was due. */
  readonly late: readonly Late[];
  /** Ends it and waits for the answers that are out; rejects where it had ended before by itself, after a minute's requests. */
  stop(): Promise<void>;
}

export interface Failure {
  /** When it was due, by performance.now(). */
  readonly at: number;
  readonly why: string;
}

export interface Late {
  readonly at: number;
  /** From the moment it was due, not from that when it was sent: a sender that falls behind makes nothing look faster. */
  readonly ms: number;
}

const lateAfter = 500;
const seconds = 60;

/** Visits so many times a second until it is stopped, each time on schedule, however many answers are out. */
export function startLoad(web: string, perSecond: number, host = "web.localhost"): Load {
  const visitor = createVisitor(web, host);
  const began = performance.now();
  const failures: Failure[] = [];
  const late: Late[] = [];
  const out = new Set<Promise<void>>();
  let sent = 0;

  async function send(at: number) {
    const answer = await visitor.visit();
    const ms = performance.now() - at;
    if (!/^[a-z]+-\d+$/.test(answer)) failures.push({ at, why: answer });
    if (ms > lateAfter) late.push({ at, ms });
  }
  const timer = setInterval(() => {
    const due = Math.min(seconds * perSecond, ((performance.now() - began) * perSecond) / 1000);
    for (; sent < due; sent++) {
      const one = send(began + (sent * 1000) / perSecond).finally(() => out.delete(one));
      out.add(one);
    }
  }, 5);
  return {
    get sent() {
      return sent;
    },
    failures,
    late,
    async stop() {
      clearInterval(timer);
      await Promise.all(out);
      await visitor.close();
      if (sent >= seconds * perSecond) throw new Error(`the load ended by itself after ${sent} requests`);
    },
  };
}

/** `3 of 500 requests failed (502 x 3), 2 were late` */
export function resultOf({ sent, failures, late }: Load): string {
  return `${failures.length} of ${sent} requests failed (${tally(failures)}), ${late.length} were late`;
}

/** `502 x 31, UND_ERR_HEADERS_TIMEOUT x 2`; `none` where there are none. */
function tally(failures: readonly Failure[]): string {
  const counts = new Map<string, number>();
  for (const { why } of failures) counts.set(why, (counts.get(why) ?? 0) + 1);
  return [...counts].map(([why, count]) => `${why} x ${count}`).join(", ") || "none";
}
