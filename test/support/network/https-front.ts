import { X509Certificate } from "node:crypto";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { plain } from "../../../server/access/tls.ts";
import type { KeyPair } from "./certificates.ts";

/** The https listener of a daemon, in front of its socket: whom it trusts, and for which projects. */
export interface HttpsFront extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** SHA-256 of its certificate. */
  readonly fingerprint: string;
  /** By fingerprint of a client's certificate: its projects, or all. */
  readonly trusted: Map<string, readonly string[] | "all">;
  /** Makes a join token, as `config trust add` does, which is good once. */
  token(projects: readonly string[] | "all", more?: Readonly<Record<string, string>>): string;
  /** Requests as they came, `GET /1.0 5a0c... Bearer t`. */
  readonly seen: string[];
  /** True: connections are taken and nothing is answered, as of a process that is stopped. */
  hangs: boolean;
}

/** Refuses as LXD 5.0.2 and Incus 6.0.4 do (seen on both): LXD says 403 of another project, and lets events of all through. */
export async function openHttpsFront(socket: string, pair: KeyPair, port = 0): Promise<HttpsFront> {
  const server = createServer({ ...pair, requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.3" });
  const trusted: HttpsFront["trusted"] = new Map();
  const seen: string[] = [];
  const tokens = new Map<string, readonly string[] | "all">();
  const open = new Set<Duplex>();
  const front = { hangs: false };

  /** `/1.0/certificates` as both daemons have it: enrolling by a token, and reading one's own. */
  async function certificates(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const own = printOf(incoming);
    const answer = (status: number, body: object) => void outgoing.writeHead(status).end(JSON.stringify(body));
    if (incoming.method !== "POST") {
      const projects = trusted.get(own) ?? "all";
      return answer(200, {
        metadata: { restricted: projects !== "all", projects: projects === "all" ? null : projects },
      });
    }
    const { password, trust_token: token } = JSON.parse(await text(incoming)) as Record<string, string>;
    const projects = password === token && tokens.get(token ?? "");
    if (!projects) return answer(403, { error: "No matching certificate add operation found" });
    tokens.delete(token ?? "");
    trusted.set(own, projects);
    return answer(200, { metadata: null });
  }

  function printOf(incoming: IncomingMessage): string {
    const shown = (incoming.socket as TLSSocket).getPeerX509Certificate();
    return shown ? plain(shown.fingerprint256) : "nobody";
  }

  function isAllowed(incoming: IncomingMessage): boolean {
    const fingerprint = printOf(incoming);
    const { authorization = "" } = incoming.headers;
    seen.push(`${incoming.method} ${incoming.url} ${fingerprint} ${authorization}`);
    const projects = trusted.get(fingerprint);
    if (projects === undefined || projects === "all") return projects === "all";
    const { searchParams: query, pathname } = new URL(incoming.url ?? "/", "http://lxd");
    if (pathname === "/1.0" || pathname === "/1.0/events" || pathname === "/1.0/projects") return true;
    const [, named] = /^\/1\.0\/projects\/([^/]+)$/.exec(pathname) ?? [];
    return query.get("all-projects") === null && projects.includes(named ?? query.get("project") ?? "default");
  }
  server.on("request", (incoming: IncomingMessage, outgoing: ServerResponse): unknown => {
    if (front.hangs) return undefined;
    const isKnown = isAllowed(incoming);
    if (!isKnown && incoming.url === "/1.0")
      return outgoing.end(JSON.stringify({ metadata: { auth: "untrusted", api_extensions: [] } }));
    if (incoming.url?.startsWith("/1.0/certificates")) return certificates(incoming, outgoing);
    if (!isKnown) return outgoing.writeHead(403).end('{"error":"not authorized"}');
    const { method, url: path, headers } = incoming;
    const only = trusted.get(printOf(incoming));
    // Both daemons list what the client may see.
    if (path?.startsWith("/1.0/projects?") && only !== "all")
      return outgoing.end(JSON.stringify({ metadata: only?.map((name) => ({ name })) }));
    const inner = request({ socketPath: socket, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    inner.on("error", () => outgoing.destroy());
    return incoming.pipe(inner);
  });
  server.on("upgrade", (incoming: IncomingMessage, outer: Duplex): unknown => {
    if (front.hangs) return undefined;
    if (!isAllowed(incoming)) return outer.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    const inner = connect(socket, () => {
      const fields = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${value}`);
      inner.write(`GET ${incoming.url} HTTP/1.1\r\n${fields.join("\r\n")}\r\n\r\n`);
      inner.pipe(outer).pipe(inner);
    });
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ] as const)
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
    return inner;
  });
  server.on("connection", (one: Duplex) => {
    open.add(one);
    one.on("close", () => open.delete(one));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const fingerprint = plain(new X509Certificate(pair.cert).fingerprint256);
  const bound = (server.address() as AddressInfo).port;
  return Object.assign(front, {
    url: `https://127.0.0.1:${bound}`,
    port: bound,
    fingerprint,
    trusted,
    seen,
    token(projects: readonly string[] | "all", more: Readonly<Record<string, string>> = {}) {
      const secret = `sesame-${tokens.size}`;
      const fields = { client_name: "edge", fingerprint, addresses: [`127.0.0.1:${bound}`], secret, ...more };
      const token = Buffer.from(JSON.stringify(fields)).toString("base64");
      tokens.set(token, projects);
      return token;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const one of open) one.destroy();
      await closed;
    },
  });
}
