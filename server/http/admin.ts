import express, { type Express } from "express";
import { hostCheck } from "./hosts.ts";
import { sendProblem } from "./problem.ts";
import type { Status } from "./status.ts";
import { addWrites, type Writes } from "./writes.ts";

export interface AdminOptions {
  readonly host: string;
  readonly hosts: readonly string[];
  readonly status: () => Status;
  readonly metrics: () => Promise<{ type: string; text: string }>;
  readonly writes: Writes;
}

const index = `rollcall
  /healthz      the process runs
  /readyz       200 when /traefik answers 200, 503 when it answers 423
  /metrics      for Prometheus
  /api/status   sources, groups, replicas, pollers and drains as JSON
Writes need the token: POST and DELETE at /api/drains, POST at /api/accept/SOURCE
`;

/** The admin listener: everybody who reaches it may read, and who has the token may write. */
export function createAdmin({ host, hosts, status, metrics, writes }: AdminOptions): Express {
  const app = createApp(host, hosts);
  app.get("/", (_, response) => void response.type("text/plain").send(index));
  app.get("/healthz", (_, response) => void response.type("text/plain").send("ok\n"));
  app.get("/readyz", (_, response) => {
    const { state, waiting, sources, groupsDirectory, stateDirectory } = status();
    const problems = sources.flatMap(({ name, problem, eventsProblem }) =>
      [problem, eventsProblem].flatMap((one) => (one === null ? [] : [{ source: name, problem: one }])),
    );
    const body = { state, waiting, stale: problems, groups: groupsDirectory.problem, memory: stateDirectory.problem };
    response.status(state === "ready" ? 200 : 503).json(body);
  });
  app.get("/metrics", async (_, response) => {
    const { type, text } = await metrics();
    response.setHeader("Content-Type", type);
    response.end(text);
  });
  app.get("/api/status", (_, response) => void response.json(status()));
  addWrites(app, writes);
  app.use((_, response) => sendProblem(response, 404, "Not Found", "/ lists what there is"));
  return app;
}

/** What the provider listener answers apart from its hot route. */
export function createProviderApp(host: string, hosts: readonly string[]): Express {
  const app = createApp(host, hosts);
  app.use((_, response) => sendProblem(response, 404, "Not Found", "Traefik's configuration is at /traefik"));
  return app;
}

function createApp(host: string, hosts: readonly string[]): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.use((_, response, next) => {
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Cache-Control", "no-store");
    next();
  });
  const known = hostCheck(host, hosts);
  app.use((request, response, next) => {
    if (known(request.headers.host)) return next();
    sendProblem(
      response,
      421,
      "Misdirected Request",
      "this name is not answered here; `hosts` in the configuration adds names",
    );
  });
  return app;
}
