import { Pool } from "undici";

/** One who asks through Traefik's entry point, over connections that stay open. */
export interface Visitor {
  /** The name of the replica that answered, else the status or the error: `web-1`, `502`, `ECONNRESET`. */
  visit(): Promise<string>;
  close(): Promise<void>;
}

export function createVisitor(web: string, host = "web.localhost", patience = 5000): Visitor {
  const pool = new Pool(`http://${web}`, { connections: 64, headersTimeout: patience, bodyTimeout: patience });
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
  /** How many requests were sent and answered so far, and those that failed. */
  readonly sent: number;
  readonly failures: readonly Failure[];
  /** Ends it and waits for the answers that are out. */
  stop(): Promise<void>;
}

export interface Failure {
  /** When it was sent, by performance.now(). */
  readonly at: number;
  readonly why: string;
}

/** A minute at most, whatever becomes of the test. */
const longest = 60_000;

/** Visits so many times a second until it is stopped. Those that are late are made up for. */
export function startLoad(web: string, perSecond: number, host = "web.localhost"): Load {
  const visitor = createVisitor(web, host);
  const began = performance.now();
  const failures: Failure[] = [];
  const out = new Set<Promise<void>>();
  let sent = 0;

  async function send() {
    const at = performance.now();
    const answer = await visitor.visit();
    if (!/^[a-z]+-\d+$/.test(answer)) failures.push({ at, why: answer });
  }
  const timer = setInterval(() => {
    const elapsed = performance.now() - began;
    if (elapsed > longest) return clearInterval(timer);
    for (; sent < (elapsed * perSecond) / 1000; sent++) {
      const one = send().finally(() => out.delete(one));
      out.add(one);
    }
  }, 5);
  return {
    get sent() {
      return sent;
    },
    failures,
    async stop() {
      clearInterval(timer);
      await Promise.all(out);
      await visitor.close();
    },
  };
}

/** `502 x 31, UND_ERR_HEADERS_TIMEOUT x 2` */
export function tally(failures: readonly Failure[]): string {
  const counts = new Map<string, number>();
  for (const { why } of failures) counts.set(why, (counts.get(why) ?? 0) + 1);
  return [...counts].map(([why, count]) => `${why} x ${count}`).join(", ");
}
