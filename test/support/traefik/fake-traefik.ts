import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Objects by name, in sections: `{ http: { services: { web: ... } } }`. */
export type Document = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, object>>>>>>;

/** The API of a Traefik that runs what it is told to. */
export interface FakeTraefik {
  readonly url: string;
  /** Has it run a document. */
  runs(document: Document): void;
  /** Answers otherwise from now on, or as usual again. */
  misbehaves(answer: ((response: ServerResponse) => void) | undefined): void;
  /** The headers of each question so far. */
  readonly asked: readonly IncomingHttpHeaders[];
  close(): Promise<void>;
}

/** What Traefik 3.7.15 answers at `/api/rawdata` when it runs a document: each object with its provider and its status, and its own besides. */
export function rawdataOf(document: Document, more: (kind: string, name: string) => object = () => ({})): object {
  const raw: Record<string, Record<string, object>> = {
    routers: { "api@internal": { rule: "PathPrefix(`/api`)", service: "api@internal", status: "enabled" } },
    services: { "api@internal": { status: "enabled" } },
  };
  for (const [section, kinds] of Object.entries(document))
    for (const [kind, objects] of Object.entries(kinds)) {
      const key = section === "http" ? kind : `${section}${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
      for (const [name, object] of Object.entries(objects))
        raw[key] = {
          ...raw[key],
          [`${name}@http`]: { ...object, status: "enabled", ...more(`${section}.${kind}`, name) },
        };
    }
  return raw;
}

export async function startFakeTraefik(): Promise<FakeTraefik> {
  let document: Document = {};
  let other: ((response: ServerResponse) => void) | undefined;
  const asked: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers);
    if (other) return other(response);
    if (request.url !== "/api/rawdata") return void response.writeHead(404).end();
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(rawdataOf(document)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    runs: (next) => {
      document = next;
    },
    misbehaves: (answer) => {
      other = answer;
    },
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
