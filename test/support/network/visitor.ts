import { Pool } from "undici";

/** Asks through Traefik's entry point, each request at once: over a connection that is free, else over a new one. */
export interface Visitor {
  /** The name of the replica that answered, else the status or the error: `web-1`, `502`, `ECONNRESET`. */
  visit(path?: string): Promise<string>;
  close(): Promise<void>;
}

/** `wordy` gives the beginning of the body with a status: `502 Bad Gateway`. */
export function createVisitor(web: string, host = "web.localhost", patience = 5000, wordy = false): Visitor {
  const timeouts = { connectTimeout: patience, headersTimeout: patience, bodyTimeout: patience };
  const pool = new Pool(`http://${web}`, timeouts);
  return {
    async visit(path = "/") {
      try {
        const { statusCode, body } = await pool.request({ method: "GET", path, headers: { host } });
        const text = await body.text();
        if (wordy && statusCode !== 200) return `${statusCode} ${text.trim().slice(0, 60)}`;
        return statusCode === 200 ? (text.split(/\s/, 1)[0] ?? "") : String(statusCode);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        return code ?? message;
      }
    },
    close: () => pool.destroy(),
  };
}
